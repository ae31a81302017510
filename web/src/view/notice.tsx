// One line at the bottom: what came of the last action, with a way back where there is one.
import { useEffect } from 'preact/hooks';
import { notice } from '../act.ts';
import { Glyph } from './glyphs.tsx';

const doneStaysMs = 6_000;

export function NoticeLine() {
  const shown = notice.value;
  useEffect(() => {
    if (shown?.tone !== 'done') return; // what went wrong stays until it was read
    const timer = setTimeout(() => notice.peek() === shown && (notice.value = null), doneStaysMs);
    return () => clearTimeout(timer);
  }, [shown]);
  return (
    <div class="notice-place" role="status">
      {shown && (
        <div class="notice" data-tone={shown.tone}>
          <span class={shown.tone}>
            <Glyph name={shown.tone === 'done' ? 'check' : 'lapsed'} />
          </span>
          <span class="grow">{shown.text}</span>
          {shown.undo && (
            <button
              type="button"
              class="btn"
              onClick={() => {
                notice.value = null;
                shown.undo!();
              }}
            >
              Undo
            </button>
          )}
          <button type="button" class="btn bare sq" aria-label="Close" onClick={() => (notice.value = null)}>
            <Glyph name="clear" />
          </button>
        </div>
      )}
    </div>
  );
}
