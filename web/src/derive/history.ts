// What the log says of each stream over time: when it had which status, when phases and commits were done, who worked.
// Pure; one pass over the events, continued when the log has grown at its new end.
import type { Log } from '../log.ts';
import type { Change, Commit, Status, Stream } from '../model.ts';
import { nextStream } from '../stream_change.ts';
import { donePhases } from './streams.ts';

/** Times are milliseconds since the epoch, as Date.now() gives them. */
export interface Span {
  readonly status: Status;
  readonly from: number;
  /** Null: it still is so. */
  to: number | null;
  /** What it waited for: blockers' ids; of a blocked one without any, its question. */
  readonly blockers: readonly string[];
  readonly question: string | null;
}

export interface Point {
  readonly at: number;
  readonly value: number;
}

export interface CommitMark {
  readonly at: number;
  /** Who held the stream then; else who reported it; else its author. */
  readonly agent: string;
  readonly commit: Commit;
}

export interface StreamHistory {
  readonly id: string;
  /** The stream as the log leaves it. */
  stream: Stream;
  readonly opened: number;
  readonly spans: Span[];
  readonly commits: CommitMark[];
  readonly progress: Point[];
  /** Phases that became done, by index; one that was reopened leaves. */
  readonly phasesDone: Map<number, number>;
}

export class History {
  readonly streams = new Map<string, StreamHistory>();
  /** Commits of all streams, in the order of the log. */
  readonly commits: CommitMark[] = [];
  /** When each agent did something that the log knows. */
  readonly agents = new Map<string, number[]>();
  /** When each event of the log happened, in its order. */
  readonly times: number[] = [];

  take(change: Change): void {
    const at = Date.parse(change.timestamp);
    this.times.push(at);
    if (change.agent) push(this.agents, change.agent, at);
    const known = this.streams.get(change.streamId);
    const after = nextStream(known?.stream, change);
    if (!after) return;
    if (!known) {
      this.begins(after, change.type === 'created' ? at : Date.parse(after.createdAt));
      return;
    }
    const before = known.stream;
    known.stream = after;
    this.note(known, before, after, change, at);
  }

  begins(stream: Stream, since: number): void {
    const history: StreamHistory = {
      id: stream.id,
      stream,
      opened: Date.parse(stream.createdAt),
      spans: [span(stream, since)],
      commits: [],
      progress: [{ at: since, value: stream.progress }],
      phasesDone: new Map(),
    };
    this.streams.set(stream.id, history);
  }

  private note(history: StreamHistory, before: Stream, after: Stream, change: Change, at: number): void {
    const last = history.spans.at(-1)!;
    const waitsAnew = after.blockers !== before.blockers || after.question !== before.question;
    if (after.status !== last.status || (after.status === 'blocked' && waitsAnew)) {
      last.to = at;
      history.spans.push(span(after, at));
    }
    if (after.progress !== before.progress) history.progress.push({ at, value: after.progress });
    if (after.completedPhases !== before.completedPhases || after.currentPhase !== before.currentPhase) {
      notePhases(history.phasesDone, before, after, at);
    }
    if (after.status === 'completed' && before.status !== 'completed') {
      for (const index of after.phases.keys()) if (!history.phasesDone.has(index)) history.phasesDone.set(index, at);
    }
    if (change.type === 'commit_added') {
      const commit = change.newValue as Commit;
      const agent = before.claim?.agent || change.agent || commit.author;
      const mark = { at: Date.parse(commit.timestamp), agent, commit };
      history.commits.push(mark);
      this.commits.push(mark);
    } else if (change.type === 'commit_removed') {
      const { id } = change.oldValue as Commit;
      drop(history.commits, id);
      drop(this.commits, id);
    }
  }
}

function span(stream: Stream, from: number): Span {
  const { status, blockers, question } = stream;
  return { status, from, to: null, blockers, question: question?.text ?? null };
}

/** Completed phases where agents name them; else all before the current one. */
function notePhases(done: Map<number, number>, before: Stream, after: Stream, at: number): void {
  const was = donePhases(before);
  const is = donePhases(after);
  for (const index of was) if (!is.has(index)) done.delete(index);
  for (const index of is) if (!was.has(index)) done.set(index, at);
}

function drop(marks: CommitMark[], id: string): void {
  const index = marks.findLastIndex(({ commit }) => commit.id === id);
  if (index >= 0) marks.splice(index, 1);
}

function push(map: Map<string, number[]>, key: string, value: number): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/** One history, continued from call to call as long as the log only grows at its new end. */
export class HistoryReader {
  private log: Log | null = null;
  private taken = 0;
  private history = new History();

  /** The same object as long as the log is the same, another as soon as it is not. Shares what it is made of. */
  read(log: Log): History {
    if (log === this.log) return this.history;
    const first = log.events[0];
    const continues =
      this.log !== null && log.base === this.log.base && (this.taken === 0 || first === this.log.events[0]);
    if (!continues) {
      this.history = new History();
      this.taken = 0;
      const since = first ? Date.parse(first.timestamp) : Infinity;
      for (const stream of log.base?.values() ?? []) {
        this.history.begins(stream, Math.min(since, Date.parse(stream.updatedAt)));
      }
    } else {
      this.history = Object.assign(new History(), this.history);
    }
    for (const change of log.events.slice(this.taken)) this.history.take(change);
    this.taken = log.events.length;
    this.log = log;
    return this.history;
  }
}

/** Since when it has its status; null: since before the log. */
export function statusSince(history: StreamHistory | undefined): number | null {
  if (!history) return null;
  const { spans } = history;
  let index = spans.length - 1;
  const status = spans[index]!.status;
  while (index > 0 && spans[index - 1]!.status === status) index--;
  return spans[index]!.from;
}

/** How long it was blocked between two times. */
export function blockedMs(history: StreamHistory, from: number, to: number): number {
  let sum = 0;
  for (const each of history.spans) {
    if (each.status !== 'blocked') continue;
    sum += Math.max(0, Math.min(each.to ?? to, to) - Math.max(each.from, from));
  }
  return sum;
}
