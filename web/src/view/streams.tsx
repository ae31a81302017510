// The table of streams, those that need a person first.
import { useRef } from 'preact/hooks';
import { count, counted, phaseBar } from '../derive.ts';
import { state } from '../live.ts';
import type { Stream } from '../model.ts';
import { anyClaim, counts, filter, rows, search, showAll } from '../ui.ts';
import { Age, Command, StatusChip } from './bits.tsx';
import { PriorityGlyph } from './glyphs.tsx';
import { useVisible } from './visible.ts';

export function Streams() {
  const scroller = useRef<HTMLElement>(null);
  const body = useRef<HTMLTableSectionElement>(null);
  const shown = rows.value;
  const { first, end, rowHeight, many } = useVisible(scroller, body, shown.length);
  const { project, streams, fresh } = state.value;
  const columns = anyClaim.value ? 9 : 8;
  return (
    <section class="streams" aria-label="Streams" ref={scroller} tabIndex={-1}>
      {shown.length > 0 && (
        <table class="tbl" role="table" aria-rowcount={shown.length + 1} data-many={many ? '' : undefined}>
          <colgroup>
            <col class="c-status" />
            <col class="c-number" />
            <col class="c-title" />
            <col class="c-priority" />
            <col class="c-phases" />
            <col class="c-done" />
            {anyClaim.value && <col class="c-claim" />}
            <col class="c-last" />
            <col class="c-blockers" />
          </colgroup>
          <thead role="rowgroup">
            <tr role="row">
              <th role="columnheader">Status</th>
              <th role="columnheader" colSpan={2}>
                Stream
              </th>
              <th role="columnheader" class="c-priority">
                <span>Priority</span>
              </th>
              <th role="columnheader">Phases</th>
              <th role="columnheader" class="r">
                Done
              </th>
              {anyClaim.value && <th role="columnheader">Claimed by</th>}
              <th role="columnheader" class="r">
                Last commit
              </th>
              <th role="columnheader">Blocked by</th>
            </tr>
          </thead>
          <tbody role="rowgroup" ref={body}>
            {first > 0 && <Space key="above" height={first * rowHeight} columns={columns} />}
            {shown.slice(first, end).map((stream, index) => (
              <Row
                key={stream.id}
                index={first + index}
                stream={stream}
                streams={streams}
                fresh={fresh.has(stream.id)}
                claims={anyClaim.value}
              />
            ))}
            {end < shown.length && <Space key="below" height={(shown.length - end) * rowHeight} columns={columns} />}
          </tbody>
          <Sums shown={shown} claims={anyClaim.value} />
        </table>
      )}
      {shown.length === 0 && project !== null && (streams.size === 0 ? <FirstStream /> : <NoMatch />)}
    </section>
  );
}

interface RowProps {
  readonly index: number;
  readonly stream: Stream;
  readonly streams: ReadonlyMap<string, Stream>;
  readonly fresh: boolean;
  readonly claims: boolean;
}

function Row({ index, stream, streams, fresh, claims }: RowProps) {
  const { status, priority, claim, recentActivity } = stream;
  const over = status === 'completed' || status === 'archived';
  return (
    <tr
      role="row"
      aria-rowindex={index + 2}
      data-id={stream.id}
      data-status={status}
      data-fresh={fresh ? '' : undefined}
    >
      <td role="cell" class="c-status">
        <StatusChip status={status} />
      </td>
      <td role="cell" class="c-number num" title={stream.id}>
        {stream.streamNumber}
      </td>
      <td role="cell" class="c-title">
        <div class="tt">
          <span class="name" data-over={over || status === 'paused' ? '' : undefined} title={stream.title}>
            {stream.title}
          </span>
          {stream.lastNote && (
            <span class="note" title={stream.lastNote}>
              {stream.lastNote}
            </span>
          )}
        </div>
      </td>
      <td role="cell" class="c-priority">
        <span class="chip mid" title={`priority ${priority}`}>
          <PriorityGlyph priority={priority} />
          <span class="w">{priority}</span>
        </span>
      </td>
      <td role="cell" class="c-phases">
        <Phases stream={stream} />
      </td>
      <td role="cell" class="c-done r">
        {stream.progress}
        <span class="dim"> %</span>
      </td>
      {claims && (
        <td role="cell" class="c-claim">
          {claim ? <Agent name={claim.agent} /> : !over && <span class="t2 dim">unclaimed</span>}
        </td>
      )}
      <td role="cell" class="c-last r">
        {recentActivity.lastCommitTime ? (
          <Age since={recentActivity.lastCommitTime} units={2} />
        ) : (
          <span class="dim">none</span>
        )}
      </td>
      <td role="cell" class="c-blockers">
        <Blockers stream={stream} streams={streams} />
      </td>
    </tr>
  );
}

function Phases({ stream }: { stream: Stream }) {
  const { done, total, fills } = phaseBar(stream);
  const label = `${total === 0 ? '' : `${done} of ${total} phases, `}${stream.progress} %`;
  const at = stream.status === 'completed' ? undefined : stream.phases[stream.currentPhase];
  return (
    <span class="phases" title={at ? `${label}; now: ${at}` : label}>
      <span class="bar" data-status={stream.status} role="img" aria-label={label}>
        {fills.map((fill, index) => (
          <i key={index} style={{ '--w': `${Math.round(fill * 100)}%` }} />
        ))}
      </span>
      {total > 0 && (
        <span class="t1 dim">
          {done}/{total}
        </span>
      )}
    </span>
  );
}

/** Names an agent as client@worktree; the client steps back. */
function Agent({ name }: { name: string }) {
  const at = name.indexOf('@');
  return (
    <span class="who" title={name}>
      {at > 0 && <span class="cl">{name.slice(0, at)}</span>}
      <b>{at > 0 ? name.slice(at) : name}</b>
    </span>
  );
}

const blockersNamed = 2;

function Blockers({ stream, streams }: { stream: Stream; streams: ReadonlyMap<string, Stream> }) {
  const { blockers } = stream;
  if (blockers.length === 0) return null;
  const all = blockers.map((id) => {
    const blocker = streams.get(id);
    return { id, number: blocker?.streamNumber ?? id, title: blocker ? `${blocker.title} (${blocker.status})` : id };
  });
  return (
    <span
      class={stream.status === 'blocked' ? 'blk stuck' : 'blk dim'}
      title={all.map(({ number, title }) => `${number} ${title}`).join('\n')}
    >
      {all
        .slice(0, blockersNamed)
        .map(({ number }) => number)
        .join(', ')}
      {all.length > blockersNamed && ` +${all.length - blockersNamed}`}
    </span>
  );
}

function Space({ height, columns }: { height: number; columns: number }) {
  return (
    <tr class="space" aria-hidden="true">
      <td colSpan={columns} style={{ height: `${height}px` }} />
    </tr>
  );
}

function Sums({ shown, claims }: { shown: readonly Stream[]; claims: boolean }) {
  let done = 0;
  let total = 0;
  let progress = 0;
  for (const stream of shown) {
    const bar = phaseBar(stream);
    done += bar.done;
    total += bar.total;
    progress += stream.progress;
  }
  const agents = new Set(shown.flatMap(({ claim }) => (claim ? [claim.agent] : []))).size;
  return (
    <tfoot role="rowgroup">
      <tr role="row">
        <td role="cell" colSpan={4}>
          {counted(shown.length, 'stream')}
        </td>
        <td role="cell">{total > 0 && `${done} of ${counted(total, 'phase')}`}</td>
        <td role="cell" class="r">
          {Math.round(progress / shown.length)} %
        </td>
        {claims && <td role="cell">{counted(agents, 'agent')}</td>}
        <td role="cell" colSpan={2} />
      </tr>
    </tfoot>
  );
}

function FirstStream() {
  return (
    <div class="none first">
      <p>No streams yet. Agents add them as they start work; this command makes the first.</p>
      <Command text={'stream-status add "Title"'} />
    </div>
  );
}

function NoMatch() {
  const words = search.value.trim();
  const status = filter.value === 'all' ? '' : `${filter.value} `;
  return (
    <div class="none">
      <p>{words === '' ? `Nothing ${status.trim()}.` : `No ${status}stream matches “${words}”.`}</p>
      <button type="button" class="btn" onClick={showAll}>
        Show all {count(counts.value.get('all')!)}
      </button>
    </div>
  );
}
