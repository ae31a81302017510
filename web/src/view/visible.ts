// Which rows of a long list are drawn. A short one is drawn whole, so that the browser's own find sees all of it.
import type { RefObject } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';

const mostWhole = 100;
const spare = 12;
/** The range moves in steps, so that scrolling draws only now and then. */
const step = 8;

export interface Visible {
  readonly first: number;
  readonly end: number;
  /** Pixels of what is left out before and after. */
  readonly above: number;
  readonly below: number;
}

/** `list` holds rows of one height, each with data-row, inside the scrolling element `scroller`. */
export function useVisible(
  scroller: RefObject<HTMLElement | null>,
  list: RefObject<HTMLElement | null>,
  total: number,
): Visible {
  const many = total > mostWhole;
  const [range, setRange] = useState({ first: 0, count: 64, height: 48 });

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!many || !element) return;
    const measure = () => {
      const height = list.current?.querySelector<HTMLElement>('[data-row]')?.offsetHeight || 48;
      const top = element.getBoundingClientRect().top - (list.current?.getBoundingClientRect().top ?? 0);
      const first = Math.max(0, Math.floor((top / height - spare) / step) * step);
      const count = Math.ceil((element.clientHeight / height + 2 * spare) / step) * step + step;
      setRange((before) =>
        before.first === first && before.count === count && before.height === height ? before : { first, count, height },
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

  if (!many) return { first: 0, end: total, above: 0, below: 0 };
  const first = Math.min(range.first, Math.max(0, total - range.count));
  const end = Math.min(total, first + range.count);
  return { first, end, above: first * range.height, below: (total - end) * range.height };
}
