// A form for fields that others may change meanwhile: then it shows both, and the person decides.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { notice, showFailure } from '../../act.ts';
import { changedSince, Overtaken, presentStream, saveEdited, type Fields } from '../../edit.ts';
import type { Stream } from '../../model.ts';
import { Panel } from '../panel.tsx';

interface EditedProps {
  readonly stream: Stream;
  readonly label: string;
  /** What the edited fields were when the person began, and what they are to be. Empty: nothing is changed yet. */
  readonly base: Fields;
  readonly mine: Fields;
  readonly done: string;
  /** Saved, or given up: the draft goes. Escape closes the form and keeps it. */
  readonly onDone: () => void;
  /** The person has seen what these fields are now: theirs become the base. */
  readonly onSeen: (theirs: Fields) => void;
  /** The person gives up what they wrote in these fields. */
  readonly onTheirs: (theirs: Fields) => void;
  readonly children: ComponentChildren;
}

export function Edited({ stream, label, base, mine, done, onDone, onSeen, onTheirs, children }: EditedProps) {
  const [overtaken, setOvertaken] = useState<Stream | null>(null);
  const [isSaving, setSaving] = useState(false);
  // A refusal may tell of a change before its event does.
  const present = overtaken && overtaken.revision > stream.revision ? overtaken : stream;
  const theirs = changedSince(base, present);
  const save = async () => {
    if (theirs || isSaving) return;
    if (Object.keys(mine).length === 0) return onDone();
    setSaving(true);
    try {
      await saveEdited(present, base, mine);
      notice.value = { text: done, tone: 'done', undo: () => void takeBack(stream, base, mine) };
      onDone();
    } catch (error) {
      if (error instanceof Overtaken) setOvertaken(error.present);
      else showFailure(error);
    } finally {
      setSaving(false);
    }
  };
  return (
    <Panel label={label} onSubmit={() => void save()}>
      {children}
      {theirs && (
        <div class="both" role="alert">
          <p class="risk b5">Changed meanwhile. It is now:</p>
          {Object.entries(theirs).map(([name, value]) => (
            <p key={name} class="theirs">
              <span class="dim">{name}</span>{' '}
              {(Array.isArray(value) ? value.join('\n') : value) || <span class="dim">nothing</span>}
            </p>
          ))}
          <div class="acts">
            <button type="button" class="btn" onClick={() => onSeen(theirs)}>
              Keep mine
            </button>
            <button
              type="button"
              class="btn"
              onClick={() => {
                onTheirs(theirs);
                onSeen(theirs);
              }}
            >
              Take theirs
            </button>
          </div>
        </div>
      )}
      <div class="acts">
        <button type="submit" class="btn go" disabled={theirs !== null || isSaving}>
          Save
        </button>
        <button type="button" class="btn bare" onClick={onDone}>
          Cancel
        </button>
        <span class="dim t2 wide">
          <kbd>Ctrl</kbd> <kbd>↵</kbd> saves
        </span>
      </div>
    </Panel>
  );
}

/** Undo, unless somebody went on from what was saved. */
async function takeBack(stream: Stream, base: Fields, mine: Fields): Promise<void> {
  const present = presentStream(stream.id);
  if (!present) return;
  const back = Object.fromEntries(Object.entries(base).map(([name, value]) => [name, value ?? '']));
  try {
    await saveEdited(present, mine, back);
    notice.value = { text: `${stream.streamNumber} is as it was.`, tone: 'done' };
  } catch (error) {
    if (error instanceof Overtaken) {
      notice.value = { text: 'Not taken back: it was changed again meanwhile.', tone: 'risk' };
    } else showFailure(error);
  }
}
