// Reads what only one view shows, from the view that shows it.
import { useEffect, useState } from 'preact/hooks';
import { call, isFailure, type Failure } from './act.ts';

export interface Reading<T> {
  readonly value: T | null;
  readonly failure: Failure | null;
}

const nothing = { value: null, failure: null };

/** Reads the path again when `version` changes; the last answer stays until the next one is here. */
export function useRead<T>(path: string, version: unknown): Reading<T> {
  const [reading, setReading] = useState<Reading<T> & { path: string }>({ ...nothing, path });
  useEffect(() => {
    let isOver = false;
    call<T>('GET', path).then(
      (value) => isOver || setReading({ value, failure: null, path }),
      (failure: unknown) => {
        if (isOver || !isFailure(failure)) return;
        setReading((before) => ({ value: before.path === path ? before.value : null, failure, path }));
      },
    );
    return () => void (isOver = true);
  }, [path, version]);
  return reading.path === path ? reading : nothing;
}
