// Who is there: one row an agent, those that need a person first. Below, what happened last and what can be claimed.
import '../style/agents.css';
import { signal, useComputed } from '@preact/signals';
import { Fragment } from 'preact';
import { act, actions } from '../act.ts';
import { agentRows, commitsByAgent, needsPerson, stripOf, stripWindow, type AgentRow } from '../derive/agents.ts';
import { count, counted, duration, minute } from '../derive/format.ts';
import { ticks, type Window } from '../derive/scrub.ts';
import { state } from '../live.ts';
import { indexAfter } from '../log.ts';
import type { Stream } from '../model.ts';
import { at, historyShown, isPast, shown } from '../past.ts';
import { href } from '../route.ts';
import { moment, now } from '../ui.ts';
import { LastEvents, OpenToClaim } from './agents_below.tsx';
import { Age } from './bits.tsx';
import { Empty } from './empty.tsx';
import { Glyph } from './glyphs.tsx';
import { LeaseBar } from './lease.tsx';
import { MessagePanel } from './message.tsx';
import { When } from './moments.tsx';
import { isPanelOpen, togglePanel } from './panel.tsx';
import { Top } from './top.tsx';

const firstRows = 50;
const mostRows = signal(firstRows);

export function Agents() {
  const streams = shown.value;
  // The log up to the moment that is looked at.
  const events = useComputed(() => {
    const all = state.value.log.events;
    return at.value === null ? all : all.slice(0, indexAfter(all, at.value));
  }).value;
  if (streams === null) {
    return (
      <>
        <Top title="Agents" />
        <Empty>The log is being read…</Empty>
      </>
    );
  }
  const agents = isPast.value ? null : state.value.agents;
  const rows = agentRows({ streams, agents, history: historyShown.value, events, now: moment.value });
  return (
    <>
      <Top title="Agents" sum={summary(rows)} />
      <div class="scroll agents" tabIndex={-1}>
        {rows.length > 0 ? (
          <Rows rows={rows} />
        ) : isPast.value ? (
          <Empty>No agent was there then.</Empty>
        ) : (
          state.value.project !== null && (
            <Empty command="stream-status init claude-code">
              No agent has called yet. This registers stream-status with Claude Code; cursor, vscode, codex, gemini,
              windsurf and zed go the same way.
            </Empty>
          )
        )}
        <div class="under">
          <LastEvents events={events} streams={streams} />
          <OpenToClaim streams={streams} moment={moment.value} />
        </div>
      </div>
    </>
  );
}

function summary(rows: readonly AgentRow[]): string {
  if (isPast.value) return rows.length > 0 ? `${counted(rows.length, 'agent')} until then` : '';
  const of = (state: string) => rows.filter((row) => row.state === state).length;
  return (['live', 'quiet', 'gone'] as const)
    .map((word) => [of(word), word] as const)
    .filter(([number]) => number > 0)
    .map(([number, word]) => `${count(number)} ${word}`)
    .join(' · ');
}

function Rows({ rows }: { rows: readonly AgentRow[] }) {
  const window = stripWindow(historyShown.value, moment.value);
  const commits = commitsByAgent(historyShown.value, window);
  const rest = rows.length - mostRows.value;
  return (
    <>
      <div class="ags" role="table" aria-label="Agents">
        <div role="row" class="head">
          <div role="columnheader">Agent</div>
          <div role="columnheader">
            <Axis window={window} />
          </div>
          <div role="columnheader">Last said</div>
          <div role="columnheader">{isPast.value ? 'Held' : 'Lease'}</div>
          <div role="columnheader" class="r">
            Commits 24 h
          </div>
          <div role="columnheader">
            <span class="unseen">Message</span>
          </div>
        </div>
        {rows.slice(0, mostRows.value).map((row) => (
          <Row key={row.name} row={row} window={window} commits={commits.get(row.name) ?? []} />
        ))}
      </div>
      {rest > 0 && (
        <button type="button" class="btn more" onClick={() => (mostRows.value += 2 * firstRows)}>
          Show {count(Math.min(rest, 2 * firstRows))} of {count(rest)} more
        </button>
      )}
      <Legend />
    </>
  );
}

function Row({ row, window, commits }: { row: AgentRow; window: Window; commits: readonly number[] }) {
  const panel = `agent ${row.name}`;
  const isWriting = !isPast.value && isPanelOpen(panel, 'message');
  return (
    <Fragment>
      <div role="row" data-state={row.state ?? 'then'}>
        <div role="cell" class="nm">
          {row.state && (
            <span class={`ag-${row.state}`}>
              <Glyph name={row.state} small={false} />
            </span>
          )}
          <Name row={row} />
          <Where row={row} />
        </div>
        <div role="cell" class="st">
          <StripOf row={row} window={window} commits={commits} />
        </div>
        <div role="cell" class="said">
          {row.said ? (
            <a href={href('stream', row.said.streamId)} title={row.said.text}>
              {row.said.text}
            </a>
          ) : (
            <span class="dim">Nothing yet.</span>
          )}
        </div>
        <div role="cell" class="ls">
          <Lease row={row} />
        </div>
        <div role="cell" class="r ct">
          {count(row.commits)}
          <span class="unit"> {row.commits === 1 ? 'commit' : 'commits'} in 24 h</span>
        </div>
        <div role="cell" class="ms">
          {!isPast.value && (
            <button
              type="button"
              class="btn bare sq"
              aria-label={`Message to ${row.name}`}
              title="Message"
              aria-expanded={isWriting}
              onClick={() => togglePanel(panel, 'message')}
            >
              <Glyph name="note" small={false} />
            </button>
          )}
        </div>
      </div>
      {isWriting && (
        <div role="row" class="write">
          <div role="cell">
            <MessagePanel id={panel} to={row.name} />
          </div>
        </div>
      )}
    </Fragment>
  );
}

/** The way to what it works on, where there is such a stream. */
function Name({ row }: { row: AgentRow }) {
  const cut = row.name.indexOf('@');
  const name = (
    <>
      {cut > 0 && <span class="dim">{row.name.slice(0, cut)}</span>}
      <b>{cut > 0 ? row.name.slice(cut) : row.name}</b>
    </>
  );
  const first = row.asks[0] ?? row.lapsed[0] ?? row.streams[0];
  const title = row.client ? `${row.name} · ${row.client}` : row.name;
  if (!first) {
    return (
      <span class="cut" title={title}>
        {name}
      </span>
    );
  }
  return (
    <a class="cut" href={href('stream', first.id)} title={title} data-item>
      {name}
    </a>
  );
}

const mostNumbers = 4;

function Where({ row }: { row: AgentRow }) {
  const numbers = row.streams.slice(0, mostNumbers);
  return (
    <span class="sub">
      {row.state && <span class={`b5 ag-${row.state}`}>{row.state}</span>}
      {row.asks.length > 0 && <span class="stuck">waits for you</span>}
      {row.seen !== null && !(row.state === 'live' && now.value - row.seen < minute) && (
        <span>
          {row.state ? <>seen <Age since={row.seen} ago /></> : <>last heard <When at={row.seen} /></>}
        </span>
      )}
      {numbers.length > 0 && (
        <span class="b5 mid">
          {numbers.map((stream, index) => (
            <Fragment key={stream.id}>
              {index > 0 && ', '}
              <a href={href('stream', stream.id)} title={stream.title}>
                {stream.streamNumber}
              </a>
            </Fragment>
          ))}
          {row.streams.length > mostNumbers && ` +${row.streams.length - mostNumbers}`}
        </span>
      )}
    </span>
  );
}

/** What is left of the claim that ends first, and the one action where something waits for a person. */
function Lease({ row }: { row: AgentRow }) {
  const held = row.streams.filter(({ claim }) => claim?.agent === row.name);
  if (isPast.value) return held.length > 0 ? <span>{held.map(number).join(', ')}</span> : null;
  const next = held.reduce<Stream | null>((first, each) => (first && ends(first) <= ends(each) ? first : each), null);
  const ask = row.asks[0];
  return (
    <>
      {!next && <span class="dim">holds nothing</span>}
      {next && row.lapsed.includes(next) && (
        <span class="chip risk">
          <Glyph name="lapsed" />
          lapsed <Age since={next.claim!.expiresAt!} ago />
        </span>
      )}
      {next && !row.lapsed.includes(next) && next.claim!.expiresAt && (
        <>
          <span class="mid">{duration(ends(next) - now.value, 2)} left</span>
          <LeaseBar claim={next.claim!} />
        </>
      )}
      {next && (row.lapsed.includes(next) || row.state === 'gone') && (
        <button
          type="button"
          class="btn"
          onClick={() => void act(`${number(next)} is free to be claimed.`, () => actions.release(next.id))}
        >
          Release {number(next)}
        </button>
      )}
      {ask && needsPerson(row) && (
        <a class="btn" href={href('stream', ask.id)}>
          Answer {number(ask)}
        </a>
      )}
    </>
  );
}

function ends({ claim }: Stream): number {
  return claim?.expiresAt ? Date.parse(claim.expiresAt) : Infinity;
}

function number(stream: Stream): string {
  return stream.streamNumber;
}

// ── The strip ──

const width = 1_000;
/** A single sign is to be seen. */
const shortest = 6;

function StripOf({ row, window, commits }: { row: AgentRow; window: Window; commits: readonly number[] }) {
  const strip = stripOf(row, historyShown.value.agents.get(row.name) ?? [], commits, window);
  const x = (time: number) => Math.round((width * (time - window.from)) / (window.to - window.from));
  const marks = [...new Set(strip.commits.map(x))];
  const gone = strip.gone === null ? null : Math.min(x(strip.gone), width - 12);
  return (
    <svg
      class="strip"
      viewBox={`0 0 ${width} 32`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`${counted(strip.commits.length, 'commit')} in ${duration(window.to - window.from, 1)}`}
    >
      <path class="grid" d={axisTicks(window).map(({ at: time }) => `M${x(time)} 0v32`).join('')} />
      <path class="heard" d={strip.heard.map((part) => `M${x(part.from)} 27.5H${Math.max(x(part.to), x(part.from) + shortest)}`).join('')} />
      {gone !== null && <path class="gone" d={`M${gone} 24.5H${width}v6H${gone}z`} />}
      <path class="ticks" d={marks.map((each) => `M${each} 8v16`).join('')} />
    </svg>
  );
}

function axisTicks(window: Window) {
  return ticks(window, 6);
}

function Axis({ window }: { window: Window }) {
  return (
    <svg class="axis" role="img" aria-label={`The last ${duration(window.to - window.from, 1)}`}>
      {axisTicks(window).map((tick) => (
        <text key={tick.at} x={`${(100 * tick.share).toFixed(2)}%`} dx="4" y="22">
          {tick.share < 0.88 && tick.word}
        </text>
      ))}
    </svg>
  );
}

function Legend() {
  return (
    <p class="legend">
      <span>
        <svg viewBox="0 0 24 14" class="strip" aria-hidden="true">
          <path class="ticks" d="M4 2v10M9 2v10M19 2v10" />
        </svg>
        commit
      </span>
      <span>
        <svg viewBox="0 0 24 14" class="strip" aria-hidden="true">
          <path class="heard" d="M0 7H24" />
        </svg>
        heard from
      </span>
      <span>
        <svg viewBox="0 0 24 14" class="strip" aria-hidden="true">
          <path class="heard" d="M0 7H8M16 7H24" />
        </svg>
        silent
      </span>
      {!isPast.value && (
        <span>
          <svg viewBox="0 0 24 14" class="strip" aria-hidden="true">
            <path class="gone" d="M.5 4.500H23.500V10.500H.5z" />
          </svg>
          gone
        </span>
      )}
    </p>
  );
}
