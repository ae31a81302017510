// The width of an element in pixels, followed: what is drawn by hand is drawn for its pixels.
import type { RefObject } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';

/** 0 until it is measured. */
export function useWidth(element: RefObject<Element | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const box = element.current;
    if (!box) return;
    const measure = () => setWidth(Math.floor(box.getBoundingClientRect().width));
    measure();
    const resized = new ResizeObserver(measure);
    resized.observe(box);
    return () => resized.disconnect();
  }, []);
  return width;
}
