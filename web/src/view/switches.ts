// The views that a person switches between: one list for rail, dock, keys and palette.
import { view, type ViewName } from '../route.ts';
import type { GlyphName } from './glyphs.tsx';

/** The views that can be switched to, in the order of the rail; the key follows `g`. */
export const switches: readonly { view: ViewName; word: string; key: string; glyph: GlyphName; onPhone: boolean }[] = [
  { view: 'board', word: 'Board', key: 'b', glyph: 'board', onPhone: true },
  { view: 'table', word: 'Table', key: 't', glyph: 'table', onPhone: false },
  { view: 'timeline', word: 'Timeline', key: 'l', glyph: 'timeline', onPhone: true },
  { view: 'graph', word: 'Graph', key: 'g', glyph: 'graph', onPhone: false },
  { view: 'conflicts', word: 'Conflicts', key: 'c', glyph: 'conflicts', onPhone: true },
  { view: 'agents', word: 'Agents', key: 'a', glyph: 'agents', onPhone: true },
  { view: 'activity', word: 'Activity', key: 'y', glyph: 'activity', onPhone: false },
  { view: 'charts', word: 'Charts', key: 'h', glyph: 'charts', onPhone: true },
];

/** The view that a switch stands for: a stream's page belongs to the board. */
export function isSwitchedTo(name: ViewName): boolean {
  return view.value === name || (view.value === 'stream' && name === 'board');
}
