// The left rail: the project and the way to others, the views, the agents, and how the page stands to the server.
import { age, count, counted } from '../derive/format.ts';
import { isOpen } from '../derive/needs.ts';
import { state } from '../live.ts';
import type { PresentAgent } from '../model.ts';
import { href, view, type ViewName } from '../route.ts';
import { needs, now } from '../ui.ts';
import { Age, LinkMark, ThemeButton } from './bits.tsx';
import { Glyph } from './glyphs.tsx';
import { isSwitchedTo, switches } from './switches.ts';

const mostAgents = 12;
const shownFirst = { live: 0, quiet: 1, gone: 2 };

export function Rail() {
  const { project, lastChange } = state.value;
  const name = project?.projectName ?? '';
  return (
    <aside class="rail">
      <a
        class="proj"
        href={href('projects')}
        title={project ? `${project.projectRoot}\nSwitch project` : undefined}
        aria-current={view.value === 'projects' ? 'page' : undefined}
      >
        <span class="mark" aria-hidden="true">
          {[...name][0] ?? ''}
        </span>
        <span class="lb cut grow">{name}</span>
        <span class="lb dim">
          <Glyph name="updown" small={false} />
        </span>
      </a>
      <nav class="nav" aria-label="Views">
        {switches.map(({ view: each, word, key, glyph }) => (
          <a
            key={each}
            href={href(each)}
            title={`${word}  g ${key}`}
            aria-current={isSwitchedTo(each) ? 'page' : undefined}
          >
            <Glyph name={glyph} small={false} />
            <span class="lb">{word}</span>
            <Count view={each} />
          </a>
        ))}
      </nav>
      <Agents />
      <div class="pulse">
        <div class="txt">
          <LinkMark />
          <small>
            {lastChange ? (
              <>
                last change <Age since={lastChange} ago />
              </>
            ) : (
              'no change yet'
            )}
          </small>
        </div>
        <ThemeButton />
      </div>
    </aside>
  );
}

function Count({ view: name }: { view: ViewName }) {
  const { streams, conflicts, agents } = state.value;
  if (name === 'board') {
    let open = 0;
    for (const stream of streams.values()) if (isOpen(stream)) open++;
    return <span class="n">{open > 0 && count(open)}</span>;
  }
  if (name === 'conflicts') {
    const predicted = conflicts?.pairs.filter((pair) => pair.state === 'conflict').length ?? 0;
    return predicted > 0 ? <span class="n risk">{predicted} predicted</span> : null;
  }
  if (name === 'agents') {
    const live = agents.filter((agent) => agent.state === 'live').length;
    return live > 0 ? <span class="n">{live} live</span> : null;
  }
  return null;
}

/** "client@worktree" → "@worktree": on one machine the client says less. */
export function shortName(name: string): string {
  const at = name.indexOf('@');
  return at > 0 ? name.slice(at) : name;
}

/** What an agent is doing, in a word or two. */
function agentWord(agent: PresentAgent, time: number): string {
  const waits = needs.value.some(({ kind, stream }) => kind === 'question' && stream.question?.asker === agent.name);
  if (waits) return 'waits';
  if (agent.state === 'quiet') return `quiet ${age(agent.lastCall, time, 1)}`;
  return agent.state;
}

function Agents() {
  const { agents } = state.value;
  if (agents.length === 0) return null;
  const sorted = agents.toSorted((a, b) => shownFirst[a.state] - shownFirst[b.state] || (a.name < b.name ? -1 : 1));
  return (
    <>
      <h2>Agents</h2>
      <div class="nav mini">
        {sorted.slice(0, mostAgents).map((agent) => {
          const word = agentWord(agent, now.value);
          return (
            <a
              key={agent.process ?? agent.name}
              href={agent.streamId ? href('stream', agent.streamId) : href('agents')}
              title={`${agent.name} · ${word}`}
            >
              <span class={`ag-${agent.state}`}>
                <Glyph name={agent.state} />
              </span>
              <span class="cut">{shortName(agent.name)}</span>
              <span class={agent.state === 'gone' ? 'n risk' : 'n'}>{word}</span>
            </a>
          );
        })}
        {sorted.length > mostAgents && (
          <a href={href('agents')}>
            <span class="cut dim">{counted(sorted.length - mostAgents, 'more agent')}</span>
          </a>
        )}
      </div>
    </>
  );
}
