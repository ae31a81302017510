// How much time a view shows: one of a few ranges, kept in the address.
import { narrow } from '../route.ts';

interface Props<R extends string> {
  readonly class: string;
  readonly ranges: readonly R[];
  readonly words: Readonly<Record<R, string>>;
  readonly value: R;
}

export function RangeChoice<R extends string>({ class: name, ranges, words, value }: Props<R>) {
  return (
    <div class={name} role="group" aria-label="Range">
      {ranges.map((each) => (
        <button
          key={each}
          type="button"
          class="btn bare"
          aria-pressed={value === each}
          onClick={() => narrow({ range: each })}
        >
          {words[each]}
        </button>
      ))}
    </div>
  );
}
