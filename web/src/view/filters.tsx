// The filter by status: a list in the rail, tabs on a phone.
import { count, type Filter } from '../derive.ts';
import { statuses } from '../model.ts';
import { counts, filter, pane } from '../ui.ts';
import { Glyph } from './glyphs.tsx';

const filters: readonly Filter[] = ['all', ...statuses];

function word(name: Filter): string {
  return name[0]!.toUpperCase() + name.slice(1);
}

function pick(name: Filter): void {
  filter.value = name;
  pane.value = 'streams';
}

function Item({ name }: { name: Filter }) {
  const number = counts.value.get(name) ?? 0;
  return (
    <button
      type="button"
      data-filter={name}
      aria-pressed={filter.value === name}
      title={`${word(name)}: ${count(number)}`}
      data-empty={number === 0 && filter.value !== name ? '' : undefined}
      onClick={() => pick(name)}
    >
      <span class={name === 'all' || number === 0 ? 'dim' : `st-${name}`}>
        <Glyph name={name === 'all' ? 'table' : name} small={false} />
      </span>
      <span class="lb">{word(name)}</span>
      <span class="n">{count(number)}</span>
    </button>
  );
}

export function Filters({ kind }: { kind: 'nav' | 'tabs' }) {
  return (
    <div class={kind} role="group" aria-label="Streams by status">
      {filters.map((name) => (
        <Item key={name} name={name} />
      ))}
    </div>
  );
}
