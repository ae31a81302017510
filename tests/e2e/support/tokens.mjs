// What a text costs a model that reads it, by a real tokenizer: OpenAI's o200k_base. Others differ by some percent.
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';

/** Text that looks like a control token of the model counts as the text it is. */
export const tokensOf = (text) => countTokens(text, { disallowedSpecial: new Set() });

/** Both faces of a tool's result: a client shows its model the text, or the structured content. */
export const facesOf = (result) => [result.content.map((part) => part.text).join('\n'), JSON.stringify(result.structuredContent)];

export const costOf = (result) => Math.max(...facesOf(result).map(tokensOf));
