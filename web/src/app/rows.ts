// What an answer of list_streams says, as the app shows it. Pure.
import { priorities, statuses, type Priority, type Status } from '../model.ts';

export interface Row {
  readonly id: string;
  readonly number: string;
  readonly title: string;
  readonly status: Status;
  readonly progress: number;
  readonly priority: Priority;
  readonly claimedBy: string | null;
  readonly phase: string | null;
  readonly note: string | null;
  readonly question: string | null;
  readonly blockers: readonly string[];
}

export interface Board {
  readonly rows: readonly Row[];
  readonly total: number;
}

/** Null: this is no list of streams. Members that are absent have their usual value: the answer spares an agent words. */
export function readBoard(content: unknown): Board | null {
  if (typeof content !== 'object' || content === null) return null;
  const { streams, total } = content as { streams?: unknown; total?: unknown };
  if (!Array.isArray(streams)) return null;
  const rows = streams.filter((each) => typeof each === 'object' && each !== null).map(readRow);
  return { rows, total: typeof total === 'number' ? total : rows.length };
}

function readRow(row: Record<string, unknown>): Row {
  const text = (name: string) => (typeof row[name] === 'string' ? row[name] : null);
  const list = (name: string) =>
    Array.isArray(row[name]) ? row[name].filter((each): each is string => typeof each === 'string') : [];
  const question = row['question'];
  return {
    id: text('id') ?? '',
    number: text('number') ?? '',
    title: text('title') ?? '',
    status: statuses.find((status) => status === row['status']) ?? 'active',
    progress: typeof row['progress'] === 'number' ? row['progress'] : 0,
    priority: priorities.find((priority) => priority === row['priority']) ?? 'medium',
    claimedBy: text('claimedBy'),
    phase: text('phase'),
    note: text('note') ?? text('lastNote'),
    question:
      typeof question === 'string'
        ? question
        : typeof question === 'object' && question !== null
          ? String((question as { text?: unknown }).text ?? '')
          : null,
    blockers: list('blockers'),
  };
}

export const columns = ['blocked', 'active', 'initializing', 'paused', 'completed'] as const;

/** Rows of a status, the most urgent first. */
export function rowsOf(board: Board, status: Status): Row[] {
  return board.rows
    .filter((row) => row.status === status)
    .sort(
      (a, b) =>
        Number(b.question !== null) - Number(a.question !== null) ||
        priorities.indexOf(a.priority) - priorities.indexOf(b.priority) ||
        a.number.localeCompare(b.number, 'en', { numeric: true }),
    );
}
