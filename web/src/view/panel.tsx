// Forms that open in their place on a page, one at a time: they stand for dialogs, and hide nothing.
import '../style/panel.css';
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

export type PanelName =
  | 'status'
  | 'priority'
  | 'category'
  | 'text'
  | 'progress'
  | 'phases'
  | 'blocker'
  | 'answer'
  | 'message'
  | 'release'
  | 'retire';

const open = signal<{ readonly id: string; readonly name: PanelName } | null>(null);
/** Where the focus goes back to. */
let opener: HTMLElement | null = null;

export function isPanelOpen(id: string, name: PanelName): boolean {
  return open.value?.id === id && open.value.name === name;
}

/** A page has one dark button: where a form is open, it is the form's. */
export function isAnyPanelOpen(id: string): boolean {
  return open.value?.id === id;
}

export function openPanel(id: string, name: PanelName): void {
  opener = document.activeElement instanceof HTMLElement ? document.activeElement : null;
  open.value = { id, name };
}

export function closePanel(): void {
  if (!open.peek()) return;
  open.value = null;
  const back = opener;
  // The button may be drawn anew with the panel's end.
  queueMicrotask(() => back?.isConnected && back.focus());
}

export function togglePanel(id: string, name: PanelName): void {
  if (open.peek()?.id === id && open.peek()?.name === name) closePanel();
  else openPanel(id, name);
}

/** A form in its place on the page. Escape closes it; its text stays as a draft. */
export function Panel({ label, onSubmit, children }: PanelProps) {
  const form = useRef<HTMLFormElement>(null);
  // Before the next key: who opens it by a key types on at once.
  useLayoutEffect(() => {
    const first = form.current?.querySelector<HTMLElement>('[data-first], input, textarea, button');
    first?.focus({ preventScroll: true });
    form.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  return (
    <form
      ref={form}
      class="panel"
      aria-label={label}
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit?.();
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') {
          event.preventDefault();
          event.stopPropagation();
          closePanel();
        } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
          event.preventDefault();
          onSubmit?.();
        }
      }}
    >
      {children}
    </form>
  );
}

interface PanelProps {
  readonly label: string;
  readonly onSubmit?: () => void;
  readonly children: ComponentChildren;
}

/** Lines that grow with what is written. */
export function TextField({ label, value, onInput, hint, first = false, rows = 2, most }: TextFieldProps) {
  return (
    <label class="lab">
      <span class="dim t2">{label}</span>
      <textarea
        class="field grows"
        rows={rows}
        maxLength={most}
        placeholder={hint}
        value={value}
        data-first={first ? '' : undefined}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </label>
  );
}

interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (text: string) => void;
  readonly hint?: string;
  readonly first?: boolean;
  readonly rows?: number;
  readonly most?: number;
}

export function Cancel() {
  return (
    <button type="button" class="btn bare" onClick={closePanel}>
      Cancel
    </button>
  );
}
