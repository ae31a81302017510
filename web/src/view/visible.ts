// Which rows of a long table are drawn. A short one is drawn whole, so that the browser's own find sees all of it.
import { useSignalEffect } from '@preact/signals';
import type { RefObject } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';
import { filter, search } from '../ui.ts';

const mostWhole = 200;
const spare = 12;
/** The range moves in steps, so that scrolling draws only now and then. */
const step = 8;

export interface Visible {
  readonly first: number;
  readonly end: number;
  readonly rowHeight: number;
  readonly many: boolean;
}

/** `body` holds rows of one height inside the scrolling element `scroller`. */
export function useVisible(
  scroller: RefObject<HTMLElement | null>,
  body: RefObject<HTMLElement | null>,
  total: number,
): Visible {
  const many = total > mostWhole;
  const [range, setRange] = useState({ first: 0, count: 64, rowHeight: 44 });

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!many || !element) return;
    const measure = () => {
      const rowHeight = body.current?.querySelector<HTMLElement>('tr[data-id]')?.offsetHeight || 44;
      const top = element.getBoundingClientRect().top - (body.current?.getBoundingClientRect().top ?? 0);
      const first = Math.max(0, Math.floor((top / rowHeight - spare) / step) * step);
      const count = Math.ceil((element.clientHeight / rowHeight + 2 * spare) / step) * step + step;
      setRange((before) =>
        before.first === first && before.count === count && before.rowHeight === rowHeight
          ? before
          : { first, count, rowHeight },
      );
    };
    measure();
    element.addEventListener('scroll', measure, { passive: true });
    const resized = new ResizeObserver(measure);
    resized.observe(element);
    return () => {
      element.removeEventListener('scroll', measure);
      resized.disconnect();
    };
  }, [many]);

  // Another filter is another list: it starts at its top. New data never moves the list.
  useSignalEffect(() => {
    void filter.value;
    void search.value;
    if (scroller.current) scroller.current.scrollTop = 0;
  });

  if (!many) return { first: 0, end: total, rowHeight: range.rowHeight, many };
  const first = Math.min(range.first, Math.max(0, total - range.count));
  return { first, end: Math.min(total, first + range.count), rowHeight: range.rowHeight, many };
}
