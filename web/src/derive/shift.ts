// How far what is being read moves when its list changes, so that the page can scroll along. Pure.

const witnesses = 3;

/**
 * Rows by which the row at `top` and those after it moved, as most of the first few say: one of them may be the very row
 * that went elsewhere. 0 when none of them is left.
 */
export function shiftOf<T>(before: readonly T[], after: readonly T[], top: number, keyOf: (row: T) => string): number {
  const votes = new Map<number, number>();
  for (let index = top; index < Math.min(before.length, top + witnesses); index++) {
    const key = keyOf(before[index]!);
    const now = after.findIndex((row) => keyOf(row) === key);
    if (now >= 0) votes.set(now - index, (votes.get(now - index) ?? 0) + 1);
  }
  let best = 0;
  let most = 0;
  for (const [shift, count] of votes) {
    if (count > most) [best, most] = [shift, count];
  }
  return best;
}
