// Over every view while the past is looked at: which moment, what happened then, and the way back.
import { shortTime } from '../derive/format.ts';
import { headline } from '../derive/headline.ts';
import { state } from '../live.ts';
import { at, lastShown, lookAt } from '../past.ts';
import { now } from '../ui.ts';
import { Glyph } from './glyphs.tsx';

export function PastBanner() {
  if (at.value === null) return null;
  const change = lastShown.value;
  return (
    <div class="past" role="status">
      <span class="live">
        <Glyph name="left" small={false} />
      </span>
      <span class="grow cut">
        <b class="b5">
          As of r{at.value}
          {change && `, ${shortTime(change.timestamp, now.value)}`}.
        </b>{' '}
        {change && `Last change: ${headline(change, state.value.streams)}.`}{' '}
        <span class="mid wide">Read-only; the streams go on meanwhile.</span>
      </span>
      <button type="button" class="btn" onClick={() => lookAt(null)}>
        Back to live <kbd>esc</kbd>
      </button>
    </div>
  );
}
