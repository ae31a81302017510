// What the command palette finds: the needs, streams, agents, views and commands. The dialog is view/palette.tsx.
import { signal } from '@preact/signals';

/** `find`: the palette; `help`: the list of keys. */
export const overlay = signal<'find' | 'help' | null>(null);

export function openPalette(): void {
  overlay.value = 'find';
}

export interface Entry {
  readonly key: string;
  readonly words: string;
  /** Shown at the end of the row. */
  readonly hint?: string;
}

/** Entries that have every word, those whose words begin with the search first; in the given order otherwise. */
export function find<T extends Entry>(entries: readonly T[], search: string, most: number): T[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return entries.slice(0, most);
  const ranked: { entry: T; rank: number }[] = [];
  for (const entry of entries) {
    const text = entry.words.toLowerCase();
    let rank = 0;
    for (const word of words) {
      const at = text.indexOf(word);
      if (at < 0) {
        rank = -1;
        break;
      }
      if (at > 0) rank += /[\s@/:-]/.test(text[at - 1]!) ? 1 : 2;
    }
    if (rank >= 0) ranked.push({ entry, rank });
  }
  return ranked
    .sort((a, b) => a.rank - b.rank)
    .slice(0, most)
    .map(({ entry }) => entry);
}
