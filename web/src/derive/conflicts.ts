// Pairs of streams that share files, as the Conflicts view shows them: the matrix and the way through it by keys, what
// to land first and why, and the files of one pair. Pure.
import type { Comparison, ComparedFile, Conflicts, MergeState, Pair, Stream } from '../model.ts';
import type { Streams } from '../stream_change.ts';
import { counted } from './format.ts';
import { inLandingOrder, isLapsed, isWaitingFor, landsFirst } from './needs.ts';

/** More rows than this nobody reads, and each costs a row and a column. */
export const mostRows = 40;

export interface Matrix {
  /** Stream ids by number: row i and column i are the same stream. */
  readonly ids: readonly string[];
  /** The pair of row and column, row > column; only the lower triangle is there. */
  readonly at: (row: number, column: number) => Pair | null;
  /** Pairs of which a stream has no row, in the server's order: conflicts first. */
  readonly rest: readonly Pair[];
}

const urgency: Readonly<Record<MergeState, number>> = { conflict: 3, possible: 2, unknown: 1, clean: 0 };

export function numberOf(id: string, streams: Streams): string {
  return streams.get(id)?.streamNumber ?? id;
}

const numbers = new Intl.Collator('en', { numeric: true });

/** Of many streams those that are in conflict first, then those that may be. */
export function matrixOf(pairs: readonly Pair[], streams: Streams, most = mostRows): Matrix {
  const worst = new Map<string, number>();
  for (const { a, b, state } of pairs) {
    for (const id of [a, b]) worst.set(id, Math.max(worst.get(id) ?? 0, urgency[state]));
  }
  const byNumber = (a: string, b: string) => numbers.compare(numberOf(a, streams), numberOf(b, streams));
  const ids = [...worst.keys()]
    .sort((a, b) => worst.get(b)! - worst.get(a)! || byNumber(a, b))
    .slice(0, most)
    .sort(byNumber);
  const rows = new Map(ids.map((id, index) => [id, index]));
  const cells = new Map<number, Pair>();
  const rest: Pair[] = [];
  for (const pair of pairs) {
    const [a, b] = [rows.get(pair.a), rows.get(pair.b)];
    if (a === undefined || b === undefined) rest.push(pair);
    else cells.set(Math.max(a, b) * most + Math.min(a, b), pair);
  }
  return { ids, at: (row, column) => cells.get(row * most + column) ?? null, rest };
}

export interface Cell {
  readonly row: number;
  readonly column: number;
}

/** Where an arrow key leads: sideways from pair to pair as one reads, up and down to the nearest in another row. */
export function nextCell(matrix: Matrix, { row, column }: Cell, key: string): Cell | null {
  const filled = (at: number) => [...Array(at).keys()].filter((each) => matrix.at(at, each));
  const last = matrix.ids.length - 1;
  switch (key) {
    case 'ArrowRight':
    case 'ArrowLeft': {
      const by = key === 'ArrowRight' ? 1 : -1;
      const inRow = filled(row);
      const beside = inRow[inRow.indexOf(column) + by];
      if (beside !== undefined && inRow.includes(column)) return { row, column: beside };
      for (let at = row + by; at >= 1 && at <= last; at += by) {
        const there = filled(at);
        if (there.length > 0) return { row: at, column: there.at(by > 0 ? 0 : -1)! };
      }
      return null;
    }
    case 'ArrowDown':
    case 'ArrowUp': {
      const by = key === 'ArrowDown' ? 1 : -1;
      for (let at = row + by; at >= 1 && at <= last; at += by) {
        const there = filled(at).sort((a, b) => Math.abs(a - column) - Math.abs(b - column));
        if (there.length > 0) return { row: at, column: there[0]! };
      }
      return null;
    }
    case 'Home':
    case 'End': {
      const inRow = filled(row);
      const end = inRow.at(key === 'Home' ? 0 : -1);
      return end === undefined ? null : { row, column: end };
    }
    default:
      return null;
  }
}

export function findPair(pairs: readonly Pair[], a: string, b: string): Pair | undefined {
  return pairs.find((pair) => (pair.a === a && pair.b === b) || (pair.a === b && pair.b === a));
}

/** Both streams of a pair, the lower number first. */
export function sidesOf(pair: Pick<Pair, 'a' | 'b'>, streams: Streams): [string, string] {
  const { a, b } = pair;
  return numbers.compare(numberOf(a, streams), numberOf(b, streams)) <= 0 ? [a, b] : [b, a];
}

/** One line that says what to do about a predicted conflict. */
export function adviceOn(pair: Pair, conflicts: Conflicts, streams: Streams, now: number): string {
  for (const [one, other] of [
    [pair.a, pair.b],
    [pair.b, pair.a],
  ] as const) {
    if (isWaitingFor(streams, one, other)) {
      return `${numberOf(one, streams)} waits for ${numberOf(other, streams)} anyway`;
    }
  }
  const first = landsFirst(conflicts, pair.a, pair.b, streams);
  const second = first === pair.a ? pair.b : pair.a;
  const stream = streams.get(second);
  const abandoned = stream && isLapsed(stream, now) ? `, ${stream.streamNumber} is abandoned` : '';
  return `land ${numberOf(first, streams)} first${abandoned}`;
}

export interface Landing {
  readonly id: string;
  readonly reason: string;
}

const mostLandings = 6;

/** The pair and who else would conflict with one of it, in the order to land them, each with what speaks for its place. */
export function landingsOf(
  pair: Pair,
  conflicts: Conflicts,
  streams: Streams,
  comparison: Comparison | null,
  now: number,
): Landing[] {
  const inConflict = conflicts.pairs.filter(({ state }) => state === 'conflict');
  const own = new Set([pair.a, pair.b]);
  const others = new Set<string>();
  for (const { a, b } of inConflict) {
    if (own.has(a)) others.add(b);
    if (own.has(b)) others.add(a);
  }
  for (const id of own) others.delete(id);
  const kept = new Set([...own, ...[...others].slice(0, mostLandings - own.size)]);
  const order = inLandingOrder(conflicts, [...kept], streams);
  return order.map((id, index) => {
    const before = new Set(order.slice(0, index));
    const stream = streams.get(id);
    const sentences = [standing(stream, now)];
    const with_ = (among: ReadonlySet<string>) =>
      inConflict.flatMap(({ a, b, conflicts: found }) =>
        a === id && among.has(b) ? [{ id: b, found }] : b === id && among.has(a) ? [{ id: a, found }] : [],
      );
    const earlier = with_(before);
    const waits = [...before].filter((each) => isWaitingFor(streams, id, each));
    if (waits.length > 0) sentences.push(`Waits for ${listed(waits.map((each) => numberOf(each, streams)))} anyway.`);
    if (earlier.length > 0) {
      const files = new Set(earlier.flatMap(({ found }) => found.map(({ file }) => file))).size;
      const other = earlier.length === 1 && own.has(id) && own.has(earlier[0]!.id);
      const lines = other && comparison ? reworkOf(comparison, id) : null;
      const what = lines ? `${counted(lines, 'line')} in ${counted(files, 'file')}` : counted(files, 'file');
      sentences.push(`Rebases ${what} after ${listed(earlier.map((each) => numberOf(each.id, streams)))}.`);
    } else if (index === 0 && comparison?.landFirst === id && comparison.reason) {
      sentences.push(sentence(inNumbers(comparison, streams)));
    } else {
      const later = with_(new Set(order.slice(index + 1)));
      sentences.push(later.length > 0 ? `Conflicts only with those after it.` : 'Conflicts with none of these.');
    }
    return { id, reason: sentences.filter(Boolean).join(' ') };
  });
}

/** How far it is, and whether it moves. */
function standing(stream: Stream | undefined, now: number): string {
  if (!stream) return '';
  const moves = stream.question
    ? 'asks you'
    : isLapsed(stream, now)
      ? 'abandoned'
      : stream.status === 'active' && stream.claim
        ? 'moving'
        : stream.status;
  return `${stream.progress} % done, ${moves}.`;
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** The server's reason, with the streams' numbers for their ids, as all else here calls them. */
function inNumbers({ a, b, reason }: Comparison, streams: Streams): string {
  const words = reason.split(/(?<![\w@-])([\w-]+)/); // every second one is a word, but for names of agents
  return words.map((word) => (word === a || word === b ? numberOf(word, streams) : word)).join('');
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return trimmed.charAt(0).toUpperCase() + trimmed.slice(1) + (/[.!?]$/.test(trimmed) ? '' : '.');
}

/** Changed lines that a stream of the pair has to look at again if it lands second. */
export function reworkOf(comparison: Comparison, id: string): number {
  return id === comparison.a ? comparison.reworkLines.a : comparison.reworkLines.b;
}

/** What landing `first` first saves: what it would have to redo as the second, less what the other has to. */
export function savedBy(comparison: Comparison, first: string): number {
  const second = first === comparison.a ? comparison.b : comparison.a;
  return reworkOf(comparison, first) - reworkOf(comparison, second);
}

export interface SharedFile {
  readonly path: string;
  readonly outcome: ComparedFile['outcome'];
  /** Where git would stop, in words: line ranges, or git's word for another kind of conflict. */
  readonly where: string;
  readonly message: string;
  /** Its hunks; null while they are being read, or where git can not tell. */
  readonly compared: ComparedFile | null;
  /** Streams of the pair that have not committed it. */
  readonly uncommittedIn: readonly string[];
}

const outcomeRank: Readonly<Record<SharedFile['outcome'], number>> = { conflict: 0, possible: 1, unknown: 2, merges: 3 };

/** What the forecast knows of the pair's files at once, and with the comparison where in them. */
export function sharedFiles(pair: Pair, conflicts: Conflicts, comparison: Comparison | null): SharedFile[] {
  const compared = new Map(comparison?.files.map((file) => [file.path, file]));
  const stops = new Map(pair.conflicts.map((conflict) => [conflict.file, conflict]));
  const uncommitted = conflicts.streams
    .filter(({ streamId }) => streamId === pair.a || streamId === pair.b)
    .map((changed) => ({ id: changed.streamId, files: new Set(changed.uncommitted) }));
  const paths = new Set([...pair.files, ...stops.keys(), ...compared.keys()]);
  return [...paths]
    .map((path): SharedFile => {
      const file = compared.get(path) ?? null;
      const stop = stops.get(path);
      const outcome = file?.outcome ?? forecastOf(pair, path, stop !== undefined);
      const kind = stop && stop.kind !== 'contents' ? stop.kind : '';
      return {
        path,
        outcome,
        where: outcome === 'conflict' ? kind || rangesOf(file?.overlaps ?? []) : '',
        message: file?.message || stop?.message || (outcome === 'merges' ? '' : (pair.detail ?? '')),
        compared: file,
        uncommittedIn: uncommitted.filter(({ files }) => files.has(path)).map(({ id }) => id),
      };
    })
    .sort((a, b) => outcomeRank[a.outcome] - outcomeRank[b.outcome] || (a.path < b.path ? -1 : 1));
}

function forecastOf(pair: Pair, path: string, stops: boolean): SharedFile['outcome'] {
  if (stops) return 'conflict';
  if (pair.uncommittedFiles.includes(path)) return 'possible';
  return pair.state === 'unknown' ? 'unknown' : 'merges';
}

const mostRanges = 3;

/** "52–61, 160–166" */
export function rangesOf(overlaps: ComparedFile['overlaps']): string {
  const words = overlaps.slice(0, mostRanges).map(({ start, end }) => (end > start ? `${start}–${end}` : `${start}`));
  const rest = overlaps.length - mostRanges;
  return words.join(', ') + (rest > 0 ? ` +${rest}` : '');
}

export interface Stretch {
  /** Shares of the file's length. */
  readonly from: number;
  readonly width: number;
}

/** Thinner than this nothing is seen. */
const thinnest = 0.01;

/** Where lines lie in a file: a hunk that only adds has no lines before, but a place. */
export function stretch(start: number, lines: number, total: number): Stretch {
  const length = Math.max(total, start + lines - 1, 1);
  const width = Math.min(1, Math.max(lines / length, thinnest));
  return { from: Math.min(Math.max(0, (start - 1) / length), 1 - width), width };
}

const mostNamed = 3;

/** What both agents are told: where, and who lands first. */
export function messageFor(pair: Pair, conflicts: Conflicts, streams: Streams): string {
  const [upper, lower] = sidesOf(pair, streams);
  const first = landsFirst(conflicts, upper, lower, streams);
  const second = first === upper ? lower : upper;
  const stops = [...new Set(pair.conflicts.map(({ file }) => file))];
  const files = stops.length > 0 ? stops : pair.files;
  const more = files.length - mostNamed;
  const names = more > 0 ? [...files.slice(0, mostNamed), `${more} more`] : files;
  const both = `${numberOf(upper, streams)} and ${numberOf(lower, streams)}`;
  const what = stops.length > 0 ? 'will conflict in' : 'both change';
  const main = conflicts.mainBranch ?? 'the main branch';
  return (
    `${both} ${what} ${listed(names)}. ` +
    `Land ${numberOf(first, streams)} first; then ${numberOf(second, streams)} rebases on ${main} before it goes on.`
  );
}

/** The landing order as text to paste. */
export function orderText(landings: readonly Landing[], conflicts: Conflicts, streams: Streams): string {
  const changed = new Map(conflicts.streams.map((each) => [each.streamId, each]));
  return landings
    .map(({ id }, index) => {
      const branch = changed.get(id)?.branch;
      const title = streams.get(id)?.title ?? changed.get(id)?.title ?? '';
      return `${index + 1}. ${numberOf(id, streams)} ${title}${branch ? ` (${branch})` : ''}`.trimEnd();
    })
    .join('\n');
}

/** Streams left out, by the reason: "0114: neither its branch nor its worktree is there". */
export function leftOutSentences(conflicts: Conflicts, streams: Streams): string[] {
  const byReason = new Map<string, string[]>();
  const add = (id: string, reason: string) => {
    const group = byReason.get(reason);
    if (group) group.push(numberOf(id, streams));
    else byReason.set(reason, [numberOf(id, streams)]);
  };
  for (const { streamId, reason } of conflicts.leftOut) add(streamId, reason);
  for (const { streamId, problem } of conflicts.streams) if (problem) add(streamId, problem);
  return [...byReason].map(([reason, ids]) => {
    const sorted = ids.sort(numbers.compare);
    const more = sorted.length - 2 * mostNamed;
    const names = more > 0 ? [...sorted.slice(0, 2 * mostNamed), `${more} more`] : sorted;
    return `${listed(names)}: ${reason}`;
  });
}
