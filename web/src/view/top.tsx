// The top bar: what is shown, how live it is where the rail does not say it, and the search.
import { useRef } from 'preact/hooks';
import { counted } from '../derive.ts';
import { state } from '../live.ts';
import { counts, filter, pane, rows, search } from '../ui.ts';
import { LinkMark, ThemeButton } from './bits.tsx';
import { Glyph } from './glyphs.tsx';

const searchId = 'search';

export function focusSearch(): void {
  const field = document.getElementById(searchId) as HTMLInputElement | null;
  field?.focus();
  field?.select();
}

function summary(): string {
  if (state.value.project === null) return '';
  const all = counts.value.get('all')!;
  if (filter.value === 'all' && search.value.trim() === '') {
    return all > 1 ? `${counted(all, 'stream')}, those that need you first` : counted(all, 'stream');
  }
  return `${rows.value.length} of ${counted(all, 'stream')}`;
}

export function Top() {
  return (
    <header class="top">
      <h1 class="wide">Streams</h1>
      <h1 class="phone">{pane.value === 'streams' ? 'Streams' : 'Commits'}</h1>
      <span class="sum grow cut">{summary()}</span>
      <span class="keep">
        <LinkMark />
      </span>
      <Search />
      <span class="phone">
        <ThemeButton />
      </span>
    </header>
  );
}

function Search() {
  const field = useRef<HTMLInputElement>(null);
  return (
    <label class="find" data-filled={search.value === '' ? undefined : ''}>
      <Glyph name="find" small={false} />
      <input
        ref={field}
        id={searchId}
        type="text"
        placeholder="Find a stream…"
        aria-label="Find a stream"
        autocomplete="off"
        spellcheck={false}
        value={search.value}
        onInput={(event) => {
          search.value = event.currentTarget.value;
          pane.value = 'streams';
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          if (search.value === '') event.currentTarget.blur();
          search.value = '';
        }}
      />
      <kbd aria-hidden="true">/</kbd>
      <button
        type="button"
        class="btn bare clear"
        aria-label="Clear the search"
        onClick={() => {
          search.value = '';
          field.current?.focus();
        }}
      >
        <Glyph name="clear" />
      </button>
    </label>
  );
}
