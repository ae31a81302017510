// The frame of the page: the rail, the view that the address names, and what lies over them.
import { computed, useSignalEffect } from '@preact/signals';
import type { ComponentType } from 'preact';
import { state } from '../live.ts';
import { overlay } from '../palette.ts';
import { isPast } from '../past.ts';
import { href, route, view, type ViewName } from '../route.ts';
import { Banner } from './banner.tsx';
import { Board } from './board.tsx';
import { Glyph } from './glyphs.tsx';
import { lazy } from './lazy.tsx';
import { NoticeLine } from './notice.tsx';
import { Palette } from './palette.tsx'; // at hand: what is typed after `/` must not be lost
import { PastBanner } from './past_banner.tsx';
import { Rail } from './rail.tsx';
import { isSwitchedTo, switches } from './switches.ts';

const components: Record<ViewName, ComponentType> = {
  board: Board,
  table: lazy(async () => (await import('./table.tsx')).Table),
  timeline: lazy(async () => (await import('./timeline.tsx')).Timeline),
  graph: lazy(async () => (await import('./graph.tsx')).Graph),
  conflicts: lazy(async () => (await import('./conflicts.tsx')).Conflicts),
  agents: lazy(async () => (await import('./agents.tsx')).Agents),
  activity: lazy(async () => (await import('./activity.tsx')).Activity),
  charts: lazy(async () => (await import('./charts.tsx')).Charts),
  projects: lazy(async () => (await import('./projects.tsx')).Projects),
  stream: lazy(async () => (await import('./stream.tsx')).StreamPage),
};

const Help = lazy(async () => (await import('./help.tsx')).Help);

/** What has been read in the background. */
const read = computed(() => {
  const { log, conflicts } = state.value;
  return [log.base && (log.complete || log.events.length > 0) && 'log', conflicts && 'git'].filter(Boolean).join(' ');
});

export function App() {
  useSignalEffect(() => {
    const name = state.value.project?.projectName;
    const { view: shownView, id } = route.value;
    const stream = shownView === 'stream' ? state.value.streams.get(id) : undefined;
    const word = stream?.title ?? switches.find(({ view: each }) => each === shownView)?.word ?? 'Projects';
    const title = name ? `${word} · ${name}` : 'stream-status';
    if (document.title !== title) document.title = title;
  });
  const View = components[view.value];
  return (
    <div class="app" data-past={isPast.value ? '' : undefined} data-read={read.value}>
      <Rail />
      <main class="main">
        <Banner />
        <PastBanner />
        <section class="view" data-view={view.value} aria-label={view.value}>
          <View key={view.value} />
        </section>
        <nav class="dock" aria-label="Views">
          {switches
            .filter(({ onPhone }) => onPhone)
            .map(({ view: name, word, glyph }) => (
              <a key={name} href={href(name)} aria-current={isSwitchedTo(name) ? 'page' : undefined}>
                <Glyph name={glyph} small={false} />
                {word}
              </a>
            ))}
        </nav>
      </main>
      <NoticeLine />
      {overlay.value === 'find' && <Palette />}
      {overlay.value === 'help' && <Help />}
    </div>
  );
}
