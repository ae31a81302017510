// Types of history.mjs, for the tests and measurements of the dashboard.
export interface HistoryOptions {
  readonly streams?: number;
  readonly days?: number;
  /** Milliseconds since the epoch: when the history ends. */
  readonly now?: number;
  readonly seed?: number;
  readonly agents?: number;
  readonly project?: string;
}

export function writeHistory(
  file: string,
  options?: HistoryOptions,
): { revision: number; events: number; streams: number; commits: number };
