// Says what to do when the page can not go on by itself.
import { state } from '../live.ts';
import type { Link } from '../state.ts';
import { Command } from './bits.tsx';

const sentences: Partial<Record<Link, readonly [string, string]>> = {
  stopped: ['The server has stopped.', 'This page goes on by itself once it is back. Bring it back with'],
  refused: ['The server no longer accepts this page.', 'Open it anew with'],
  foreign: ['Another project answers at this address now.', 'Open yours in its directory with'],
};

export function Banner() {
  const sentence = sentences[state.value.link];
  if (!sentence) return null;
  return (
    <div class="banner" role="alert">
      <p>
        <b class="b5 risk">{sentence[0]}</b> <span class="mid">{sentence[1]}</span>
      </p>
      <Command text="stream-status dashboard" />
    </div>
  );
}
