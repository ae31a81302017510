// A signal for a view that costs more to draw than a change is worth: looked at now and then.
import type { ReadonlySignal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';

/** The signal's value, at most `everyMs` old; at once when `key` is another. */
export function useSampled<T>(source: ReadonlySignal<T>, everyMs: number, key: unknown): T {
  const sample = useRef({ key, value: null as T | null });
  const [, redraw] = useState(0);
  if (sample.current.value === null || sample.current.key !== key) {
    sample.current = { key, value: source.peek() };
  }
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = source.subscribe((value) => {
      if (value === sample.current.value) return;
      timer ??= setTimeout(() => {
        timer = undefined;
        sample.current.value = source.peek();
        redraw((count) => count + 1);
      }, everyMs);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [source]);
  return sample.current.value!;
}
