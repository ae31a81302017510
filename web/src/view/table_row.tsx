// One row of the table, and what each of its cells says.
import { Component, type ComponentChildren } from 'preact';
import { duration, exactTime, minute, shortTime } from '../derive/format.ts';
import { statusSince } from '../derive/history.ts';
import { isOpen } from '../derive/needs.ts';
import { phaseBar } from '../derive/streams.ts';
import { marksOf, sparkPath, sparkSlots, type ColumnId, type Facts } from '../derive/table.ts';
import { state } from '../live.ts';
import type { Stream } from '../model.ts';
import { history, isPast } from '../past.ts';
import { href } from '../route.ts';
import { Age, PhaseBar, StatusChip, Who } from './bits.tsx';
import { Glyph, PriorityGlyph } from './glyphs.tsx';
import { select, settleSelected, until } from './table_state.ts';

/** What a row says beside its stream, in plain values: a row is drawn again only when one of them is another. */
interface Said {
  readonly asks: boolean;
  readonly lapsed: boolean;
  /** Ids of the streams it is predicted to conflict with, one a line. */
  readonly others: string;
  readonly blockedMinutes: number;
  readonly commits: number;
  /** The path of the bars. */
  readonly spark: string;
}

interface Props extends Said {
  readonly stream: Stream;
  /** Among all rows, the head being the first. */
  readonly place: number;
  readonly shown: readonly ColumnId[];
  readonly isFresh: boolean;
  readonly isSelected: boolean;
  /** Where the Tab key stops. */
  readonly isStop: boolean;
}

const sparkStep = 4;
const sparkHeight = 18;

export function saidOf(stream: Stream, facts: Facts): Said {
  const { asks, lapsed, others } = marksOf(stream, facts);
  return {
    asks,
    lapsed,
    others: others.join('\n'),
    blockedMinutes: Math.floor((facts.blocked.get(stream.id) ?? 0) / minute),
    commits: facts.sparks.lines.get(stream.id)?.sum ?? 0,
    spark: sparkPath(facts.sparks, stream.id, sparkStep, sparkHeight + 1),
  };
}

export class Row extends Component<Props> {
  /** So nothing in render() may read a signal; what its parts read draws them by themselves. */
  override shouldComponentUpdate(next: Props): boolean {
    for (const name in next) {
      if (next[name as keyof Props] !== this.props[name as keyof Props]) return true;
    }
    return false;
  }

  render({ stream, place, shown, isFresh, isSelected }: Props) {
    return (
      <tr
        role="row"
        aria-rowindex={place}
        aria-current={isSelected ? 'true' : undefined}
        data-key={stream.id}
        data-status={stream.status}
        data-fresh={isFresh ? '' : undefined}
        data-rests={!isOpen(stream) || stream.status === 'paused' ? '' : undefined}
        onFocusIn={() => select(stream.id)}
      >
        {shown.map((id) => (
          <td key={id} role="cell" class={cellClass(id)}>
            {cells[id](this.props)}
          </td>
        ))}
      </tr>
    );
  }
}

/** Numbers stand at the right. */
const rightColumns: ReadonlySet<ColumnId> = new Set(['done', 'last', 'blocked', 'opened', 'updated', 'revision']);

export function cellClass(id: ColumnId): string {
  return rightColumns.has(id) ? `c-${id} r` : `c-${id}`;
}

const cells: Readonly<Record<ColumnId, (props: Props) => ComponentChildren>> = {
  status: ({ stream }) => <StatusChip status={stream.status} />,
  number: ({ stream }) => (
    <span class="num" title={stream.id}>
      {stream.streamNumber}
    </span>
  ),
  title: ({ stream, isStop }) => <Title id={stream.id} title={stream.title} isStop={isStop} />,
  priority: ({ stream: { priority } }) => (
    <span class="chip mid" title={`priority ${priority}`}>
      <PriorityGlyph priority={priority} />
      <span class="w">{priority}</span>
    </span>
  ),
  category: ({ stream }) => <span class="cut t2 mid">{stream.category}</span>,
  branch: ({ stream: { branch } }) => (
    <span class="cut num" title={branch ?? undefined}>
      {branch}
    </span>
  ),
  phases: ({ stream, lapsed }) => <Phases stream={stream} lapsed={lapsed} />,
  done: ({ stream }) => (
    <>
      {stream.progress}
      <span class="dim"> %</span>
    </>
  ),
  claim: ({ stream }) =>
    stream.claim ? (
      <Holder name={stream.claim.agent} />
    ) : (
      isOpen(stream) && <span class="t2 dim">unclaimed</span>
    ),
  commits: ({ commits, spark }) => <Spark sum={commits} path={spark} />,
  opened: ({ stream }) => <Ago since={stream.createdAt} />,
  updated: ({ stream }) => <Ago since={stream.updatedAt} />,
  last: ({ stream: { recentActivity: { lastCommitTime } } }) =>
    lastCommitTime === null ? <span class="dim">none</span> : <Ago since={lastCommitTime} />,
  blocked: ({ stream, blockedMinutes }) =>
    blockedMinutes > 0 || stream.status === 'blocked' ? <Blocked stream={stream} minutes={blockedMinutes} /> : null,
  revision: ({ stream }) => <span class="num">r{stream.revision}</span>,
  marks: (props) => (props.asks || props.lapsed || props.others ? <Marks {...props} /> : null),
};

function Title({ id, title, isStop }: { id: string; title: string; isStop: boolean }) {
  return (
    <a
      class="name cut"
      href={href('stream', id)}
      title={title}
      data-item
      tabIndex={isStop ? 0 : -1}
      onClick={() => (select(id), settleSelected())}
    >
      {title}
    </a>
  );
}

/** Its age at the moment that is looked at. */
function Ago({ since }: { since: string }) {
  return <Age since={since} units={2} at={isPast.value ? until.value : undefined} />;
}

function Phases({ stream, lapsed }: { stream: Stream; lapsed: boolean }) {
  const { done, total } = phaseBar(stream);
  const phase = isOpen(stream) ? stream.phases[stream.currentPhase] : undefined;
  return (
    <span class="phases" title={phase && `now: ${phase}`}>
      <PhaseBar stream={stream} lapsed={lapsed} />
      <span class="t1 dim">{total > 0 && `${done}/${total}`}</span>
    </span>
  );
}

function Holder({ name }: { name: string }) {
  if (isPast.value) return <Who name={name} />;
  return <Who name={name} state={state.value.agents.find((agent) => agent.name === name)?.state ?? 'gone'} />;
}

function Spark({ sum, path }: { sum: number; path: string }) {
  const width = sparkSlots * sparkStep;
  return (
    <svg
      class="spark"
      viewBox={`0 0 ${width} 20`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`${sum} ${sum === 1 ? 'commit' : 'commits'}`}
    >
      <path class="ground" d={`M0 19.5h${width}`} />
      <path class="bars" d={path} />
    </svg>
  );
}

/** All the time it was blocked; red while it still is. */
function Blocked({ stream, minutes }: { stream: Stream; minutes: number }) {
  const total = duration(minutes * minute, 2);
  const isNow = stream.status === 'blocked';
  const since = isNow && !isPast.value ? statusSince(history.value.streams.get(stream.id)) : null;
  return (
    <span
      class={isNow ? 'stuck b5' : 'dim'}
      title={since === null ? undefined : `blocked since ${exactTime(since)}; in all ${total}`}
    >
      {total}
    </span>
  );
}

function Marks({ stream, asks, lapsed, others }: Props) {
  const { streams } = state.value;
  const named = others.split('\n').filter(Boolean);
  const numbers = named.map((id) => streams.get(id)?.streamNumber ?? id);
  const titles = named.map((id, index) => `${numbers[index]} ${streams.get(id)?.title ?? ''}`);
  return (
    <span class="marks">
      {asks && (
        <span class="chip stuck" title={stream.question!.text}>
          <Glyph name="question" />
          asks
        </span>
      )}
      {lapsed && (
        <span class="chip risk" title={`claim lapsed ${shortTime(stream.claim!.expiresAt!, until.value)}`}>
          <Glyph name="lapsed" />
          lapsed
        </span>
      )}
      {numbers.length > 0 && (
        <span class="chip risk" title={`predicted conflict with\n${titles.join('\n')}`}>
          <Glyph name="conflict" />
          <span class="cut">{numbers.join(', ')}</span>
        </span>
      )}
    </span>
  );
}
