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

/** How much is planned and done in the whole project, since a moment. */
export interface Work {
  readonly at: number;
  readonly phases: number;
  readonly phasesDone: number;
  readonly streams: number;
  readonly streamsDone: number;
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

/** In whose name the server records what it finds in git. */
const scanner = 'git';

export class History {
  readonly streams = new Map<string, StreamHistory>();
  /** Commits of all streams, in the order of the log. */
  readonly commits: CommitMark[] = [];
  /** When each agent did something that the log knows. */
  readonly agents = new Map<string, number[]>();
  /** When each event of the log happened, in its order. */
  readonly times: number[] = [];
  /** Oldest first; a point for each moment in which some of it changed. */
  readonly work: Work[] = [];

  take(change: Change): void {
    const at = Date.parse(change.timestamp);
    this.times.push(at);
    if (change.agent && change.agent !== scanner) push(this.agents, change.agent, at);
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
    this.noteWork(since, undefined, stream);
  }

  private note(history: StreamHistory, before: Stream, after: Stream, change: Change, at: number): void {
    const last = history.spans.at(-1)!;
    const waitsAnew = after.blockers !== before.blockers || after.question !== before.question;
    if (after.status !== last.status || (after.status === 'blocked' && waitsAnew)) {
      last.to = at;
      history.spans.push(span(after, at));
    }
    if (after.progress !== before.progress) history.progress.push({ at, value: after.progress });
    if (after.phases !== before.phases) renumber(history.phasesDone, before.phases, after.phases);
    const isFurther =
      after.completedPhases !== before.completedPhases ||
      after.currentPhase !== before.currentPhase ||
      after.progress !== before.progress;
    if (isFurther) notePhases(history.phasesDone, before, after, at);
    if (isFurther || after.phases !== before.phases || after.status !== before.status) {
      this.noteWork(at, before, after);
    }
    if (after.status === 'completed' && before.status !== 'completed') {
      for (const index of after.phases.keys()) if (!history.phasesDone.has(index)) history.phasesDone.set(index, at);
    }
    if (change.type === 'commit_added') {
      const commit = change.newValue as Commit;
      const agent = before.claim?.agent || (change.agent !== scanner && change.agent) || commit.author;
      const mark = { at: Date.parse(commit.timestamp), agent, commit };
      history.commits.push(mark);
      this.commits.push(mark);
    } else if (change.type === 'commit_removed') {
      const { id } = change.oldValue as Commit;
      drop(history.commits, id);
      drop(this.commits, id);
    }
  }

  private noteWork(since: number, before: Stream | undefined, after: Stream): void {
    const [was, is] = [before ? workOf(before) : none, workOf(after)];
    if (
      is.phases === was.phases &&
      is.phasesDone === was.phasesDone &&
      is.streams === was.streams &&
      is.streamsDone === was.streamsDone
    )
      return;
    const last = this.work.at(-1) ?? { at: since, ...none };
    const at = Math.max(since, last.at); // an axis needs times that do not go back
    const next: Work = {
      at,
      phases: last.phases + is.phases - was.phases,
      phasesDone: last.phasesDone + is.phasesDone - was.phasesDone,
      streams: last.streams + is.streams - was.streams,
      streamsDone: last.streamsDone + is.streamsDone - was.streamsDone,
    };
    if (last.at === at) this.work.pop();
    this.work.push(next);
  }
}

const none: Omit<Work, 'at'> = { phases: 0, phasesDone: 0, streams: 0, streamsDone: 0 };

/** What was given up is planned no more; what was done of it stays done. */
function workOf(stream: Stream): Omit<Work, 'at'> {
  const { phases, status, completedAt } = stream;
  const isDone = status === 'completed' || completedAt !== null;
  const phasesDone = isDone ? phases.length : donePhases(stream).size;
  const streamsDone = isDone ? 1 : 0;
  return status === 'archived'
    ? { phases: phasesDone, phasesDone, streams: streamsDone, streamsDone }
    : { phases: phases.length, phasesDone, streams: 1, streamsDone };
}

function span(stream: Stream, from: number): Span {
  const { status, blockers, question } = stream;
  return { status, from, to: null, blockers, question: question?.text ?? null };
}

/** Completed phases where agents name them; else all before the current one, as the agent says or the progress implies. */
function notePhases(done: Map<number, number>, before: Stream, after: Stream, at: number): void {
  const was = donePhases(before);
  const is = donePhases(after);
  for (const index of was) if (!is.has(index)) done.delete(index);
  for (const index of is) if (!was.has(index) && !done.has(index)) done.set(index, at);
}

/** Phases that keep their name keep their time. */
function renumber(done: Map<number, number>, before: readonly string[], after: readonly string[]): void {
  const times = [...done].map(([index, at]) => [after.indexOf(before[index] ?? ''), at] as const);
  done.clear();
  for (const [index, at] of times) if (index >= 0) done.set(index, at);
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
