// What is in fieldnote's files: code that reads like code, and changes that merge or conflict as git has it. Pure.

const kFunctions = 10; // in a file that streams share
const kLines = 8; // of each of its functions
const verbs = ['open', 'read', 'check', 'renew', 'revoke', 'list', 'count', 'merge', 'split', 'close'];

/** A file as it is before any stream changes it. */
export function firstText(file) {
  if (file.endsWith('.json')) return `${JSON.stringify({ name: 'fieldnote', private: true, type: 'module' }, null, 2)}\n`;
  if (file.endsWith('.md')) return '# fieldnote\n\nNotes that are where you are.\n';
  if (!file.endsWith('.ts') || file.includes('test')) return added(file, '', 'Begin');
  const noun = nameOf(file.split('/').at(-1).replace('.ts', ''), true);
  const functions = verbs.map((verb, index) => `export function ${verb}${noun}(context: Context, id: Id): ${noun} {
  const known = context.lookup(id);
  if (!known) return context.refuse('${verb}', id);
  const next = known.${verb}(context.now);
  context.log('${verb}', { id, generation: next.generation + ${index} });
  return next;
}
`);
  return `import type { Context, Id, ${noun} } from '../types.js';\n\n${functions.join('\n')}`;
}

/** The text with its n-th function, from 0, changed for the sake of `message`: two such changes of one function conflict. */
export function changed(text, n, message) {
  if (n >= kFunctions) throw new Error(`there is no function ${n}`);
  const lines = text.split('\n');
  const line = 2 + n * kLines + 3;
  if (!lines[line]?.includes('const next')) throw new Error(`function ${n} is not where it was`);
  lines[line] = `  const next = known.${verbs[n]}(context.now, { ${nameOf(message)}: true });`;
  return lines.join('\n');
}

/** The text with what `message` adds at its end. */
export function added(file, text, message) {
  const name = nameOf(message);
  if (file.endsWith('.md')) return `${text}\n## ${message}\n\nThe short version: ${message.charAt(0).toLowerCase()}${message.slice(1)}, and say so in the log.\n`;
  if (file.endsWith('.yml')) return `${text}# ${message}\n- run: make ${name}\n`;
  if (/\.test\.tsx?$/.test(file)) {
    return `${text}\ntest('${message}', async () => {\n  const world = await openWorld();\n  expect(await world.try('${name}')).toBe(true);\n});\n`;
  }
  return `${text}\n// ${message}.\nexport function ${name}(note: Note, context: Context): Note {\n  if (!context.enabled('${name}')) return note;\n  return context.apply(note, { step: '${name}' });\n}\n`;
}

function nameOf(text, isType = false) {
  const words = text.toLowerCase().replaceAll(/[^a-z0-9]+/g, ' ').trim().split(' ').slice(0, 6);
  const name = words.map((word, index) => (index === 0 && !isType ? word : word.charAt(0).toUpperCase() + word.slice(1))).join('');
  return /^[0-9]/.test(name) ? `_${name}` : name;
}
