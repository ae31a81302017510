// The frame of the page.
import { useSignalEffect } from '@preact/signals';
import { state } from '../live.ts';
import { pane } from '../ui.ts';
import { Banner } from './banner.tsx';
import { Commits } from './commits.tsx';
import { Filters } from './filters.tsx';
import { Glyph, type GlyphName } from './glyphs.tsx';
import { Numbers } from './numbers.tsx';
import { Rail } from './rail.tsx';
import { Streams } from './streams.tsx';
import { Top } from './top.tsx';

export function App() {
  useSignalEffect(() => {
    const name = state.value.project?.projectName;
    const title = name ? `${name} · stream-status` : 'stream-status';
    if (document.title !== title) document.title = title;
  });
  return (
    <div class="app">
      <Rail />
      <main class="main" data-pane={pane.value}>
        <Top />
        <Banner />
        <Numbers />
        <Filters kind="tabs" />
        <div class="panes">
          <Streams />
          <Commits />
        </div>
        <div class="dock" role="group" aria-label="Shown part">
          <DockButton name="streams" glyph="table" word="Streams" />
          <DockButton name="commits" glyph="commit" word="Commits" />
        </div>
      </main>
    </div>
  );
}

function DockButton({ name, glyph, word }: { name: 'streams' | 'commits'; glyph: GlyphName; word: string }) {
  return (
    <button type="button" aria-pressed={pane.value === name} onClick={() => (pane.value = name)}>
      <Glyph name={glyph} small={false} />
      {word}
    </button>
  );
}
