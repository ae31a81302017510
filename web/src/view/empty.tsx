// An empty view: one sentence that says what would be here and what makes it appear, and the command for it.
import type { ComponentChildren } from 'preact';
import { Command } from './bits.tsx';

export function Empty({ command, children }: { command?: string; children: ComponentChildren }) {
  return (
    <div class="none first">
      <p>{children}</p>
      {command && <Command text={command} />}
    </div>
  );
}
