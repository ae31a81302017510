// Long lists: which rows are drawn, how the list keeps still while it changes, and how the keys walk through it. Rows
// have one height. A short list is drawn whole, so that the browser's own find sees all of it.
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { shiftOf } from '../derive/shift.ts';
import { isTyping } from '../keys.ts';

const mostWhole = 100;
const spare = 6;
/** The range moves in steps, so that scrolling draws only now and then. */
const step = 4;

interface List<T> {
  readonly scroller: RefObject<HTMLElement | null>;
  /** Holds the rows, each with data-key. */
  readonly body: RefObject<HTMLElement | null>;
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string;
  /** Names what is listed: another filter or order is another list, and starts at its top. */
  readonly name: string;
}

export interface Drawn {
  readonly first: number;
  readonly end: number;
  readonly rowHeight: number;
  /** Scrolls as far as the row needs to be seen. */
  readonly reveal: (index: number) => void;
}

export function useDrawn<T>({ scroller, body, rows, keyOf, name }: List<T>): Drawn {
  const [range, setRange] = useState({ first: 0, count: 64, rowHeight: 0 });
  const isLong = rows.length > mostWhole;

  const measure = () => {
    const element = scroller.current;
    if (!element) return;
    const rowHeight = body.current?.querySelector<HTMLElement>('[data-key]')?.offsetHeight || 44;
    const first = Math.max(0, Math.floor((element.scrollTop / rowHeight - spare) / step) * step);
    const count = Math.ceil((element.clientHeight / rowHeight + 2 * spare) / step) * step + step;
    setRange((before) =>
      before.first === first && before.count === count && before.rowHeight === rowHeight
        ? before
        : { first, count, rowHeight },
    );
  };

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    measure();
    element.addEventListener('scroll', measure, { passive: true });
    const resized = new ResizeObserver(measure);
    resized.observe(element);
    return () => {
      element.removeEventListener('scroll', measure);
      resized.disconnect();
    };
  }, [scroller.current === null, rows.length === 0]);

  const before = useRef({ rows, name });
  useLayoutEffect(() => {
    const element = scroller.current;
    const { rows: rowsBefore, name: nameBefore } = before.current;
    before.current = { rows, name };
    if (!element || rows === rowsBefore) return;
    if (name !== nameBefore) {
      element.scrollTop = 0;
      return;
    }
    const top = range.rowHeight > 0 ? Math.floor(element.scrollTop / range.rowHeight) : 0;
    const shift = top > 0 ? shiftOf(rowsBefore, rows, top, keyOf) : 0;
    if (shift !== 0) element.scrollTop += shift * range.rowHeight;
  });

  // A row that moves in the document loses the focus.
  const focused = document.activeElement?.closest<HTMLElement>('[data-key]')?.dataset['key'];
  useLayoutEffect(() => {
    if (focused !== undefined && document.activeElement === document.body) focusRow(body.current, focused);
  });

  const reveal = (index: number) => {
    const element = scroller.current;
    const { rowHeight } = range;
    if (!element || rowHeight === 0) return;
    const [head, foot] = insets(element);
    const tallest = element.clientHeight - head - foot;
    const top = index * rowHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + rowHeight > element.scrollTop + tallest) element.scrollTop = top + rowHeight - tallest;
    measure();
  };

  if (!isLong) return { first: 0, end: rows.length, rowHeight: range.rowHeight, reveal };
  const first = Math.min(range.first, Math.max(0, rows.length - range.count));
  return { first, end: Math.min(rows.length, first + range.count), rowHeight: range.rowHeight, reveal };
}

/** How much of the scroller the parts that stick to its edges cover. */
function insets(scroller: HTMLElement): readonly [number, number] {
  const height = (selector: string) => scroller.querySelector<HTMLElement>(selector)?.offsetHeight ?? 0;
  return [height(':is(thead, [data-head])'), height('tfoot')];
}

function focusRow(body: HTMLElement | null, key: string): boolean {
  const row = body?.querySelector(`[data-key="${CSS.escape(key)}"]`);
  const item = row?.querySelector<HTMLElement>('[data-item]');
  item?.focus({ preventScroll: true });
  return item !== null && item !== undefined;
}

interface Walk<T> extends Pick<List<T>, 'body' | 'rows' | 'keyOf'> {
  readonly drawn: Drawn;
  /** Index of the row to go on from; -1: none. */
  readonly at: () => number;
  readonly onReach?: (row: T) => void;
  /** Rows that nothing can be done with. */
  readonly skips?: (row: T) => boolean;
}

/** j and k anywhere on the page, the arrows within the list: also to rows that are not drawn yet. */
export function useWalk<T>(walk: Walk<T>): void {
  const latest = useRef(walk);
  latest.current = walk;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { body, rows, keyOf, drawn, at, onReach, skips } = latest.current;
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      if (isTyping(event.target) || rows.length === 0) return;
      const inside = body.current?.contains(document.activeElement) ?? false;
      const from = at();
      let to = target(event.key, inside, from, rows.length);
      if (to === null) return;
      event.preventDefault();
      const step = to < from || event.key === 'End' ? -1 : 1;
      while (skips && rows[to] && skips(rows[to]!)) to += step;
      const row = rows[to];
      if (!row) return;
      drawn.reveal(to);
      onReach?.(row);
      // The row is drawn by then, wherever it was.
      requestAnimationFrame(() => focusRow(body.current, keyOf(row)));
    };
    // Before the keys of the whole page, which know only what is drawn.
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

const pageOfRows = 12;

function target(key: string, inside: boolean, at: number, total: number): number | null {
  const to = (index: number) => Math.max(0, Math.min(total - 1, index));
  if (key === 'j' || (inside && key === 'ArrowDown')) return to(at + 1);
  if (key === 'k' || (inside && key === 'ArrowUp')) return at < 0 ? total - 1 : to(at - 1);
  if (!inside) return null;
  if (key === 'PageDown') return to(at + pageOfRows);
  if (key === 'PageUp') return to(at - pageOfRows);
  if (key === 'Home') return 0;
  if (key === 'End') return total - 1;
  return null;
}
