// The bar over every view: its name, one line that sums it up, and the way to everything else.
import type { ComponentChildren } from 'preact';
import { openPalette } from '../palette.ts';
import { LinkMark, ThemeButton } from './bits.tsx';
import { Glyph } from './glyphs.tsx';

export function Top({ title, sum, children }: { title: ComponentChildren; sum?: string; children?: ComponentChildren }) {
  return (
    <header class="top">
      <h1>{title}</h1>
      <span class="sum grow cut">{sum}</span>
      <span class="keep">
        <LinkMark />
      </span>
      {children}
      <button
        type="button"
        class="find"
        aria-label="Find or run…"
        aria-keyshortcuts="/ Control+K"
        aria-haspopup="dialog"
        onClick={openPalette}
      >
        <Glyph name="find" small={false} />
        <span class="grow">Find or run…</span>
        <kbd aria-hidden="true">/</kbd>
      </button>
      <span class="phone">
        <ThemeButton />
      </span>
    </header>
  );
}
