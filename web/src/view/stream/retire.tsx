// Retiring a stream: what it would do and what would be lost, from the server, before anything is done; then what was
// done, and the way back.
import '../../style/retire.css';
import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { actions, isFailure, notice, showFailure, type Failure } from '../../act.ts';
import { draft, dropDraft } from '../../edit.ts';
import type { Retirement, RetirementPlan, Stream, Unretired } from '../../model.ts';
import { isPast } from '../../past.ts';
import { CopyButton } from '../bits.tsx';
import { Glyph } from '../glyphs.tsx';
import { When } from '../moments.tsx';
import { Cancel, closePanel, Panel, TextField } from '../panel.tsx';

/** What this page's retirements did, by stream id: the record of it that is not in the state. */
const results = signal<ReadonlyMap<string, Retirement>>(new Map());

interface Options {
  readonly deleteWorktree: boolean;
  readonly cleanupPlanFiles: boolean;
}

export function RetirePanel({ stream }: { stream: Stream }) {
  const { id, streamNumber } = stream;
  const [options, setOptions] = useState<Options>({ deleteWorktree: false, cleanupPlanFiles: false });
  const [isForced, setForced] = useState(false);
  const [isRetiring, setRetiring] = useState(false);
  const summary = draft(`${id} summary`);
  const { plan, failure, readAgain } = usePlan(stream, options);
  const isAtRisk = plan !== null && plan.atRisk.length > 0;

  const set = (part: Partial<Options>) => {
    setOptions({ ...options, ...part });
    setForced(false); // given for another plan
  };
  const retire = async () => {
    if (!plan || isRetiring || (isAtRisk && !isForced)) return;
    setRetiring(true);
    const text = summary.value.trim();
    try {
      const result = await actions.archive<Retirement>(id, {
        ...options,
        ...(isAtRisk ? { force: true } : {}),
        ...(text ? { summary: text } : {}),
      });
      results.value = new Map(results.peek()).set(id, result);
      notice.value = { text: `${streamNumber} is archived.`, tone: 'done', undo: () => void bringBack(stream) };
      dropDraft(`${id} summary`);
      closePanel();
    } catch (error) {
      showFailure(error);
      readAgain(); // more may be at risk than the plan knew
    } finally {
      setRetiring(false);
    }
  };

  return (
    <Panel label={`Archive ${streamNumber}`} onSubmit={() => void retire()}>
      <p class="b5">Archive {streamNumber}</p>
      <TextField
        label="What was achieved"
        hint="Goes into the report; may be empty"
        most={10_000}
        value={summary.value}
        onInput={(text) => (summary.value = text)}
      />
      <Check
        label="Delete worktree and branch"
        on={options.deleteWorktree}
        set={(deleteWorktree) => set({ deleteWorktree })}
      />
      <Check
        label="Delete its plan files"
        on={options.cleanupPlanFiles}
        set={(cleanupPlanFiles) => set({ cleanupPlanFiles })}
      />
      <div aria-live="polite" class="plan">
        {failure ? (
          <p class="t2 risk">
            {failure.error}
            {failure.hint && ` · ${failure.hint}`}
          </p>
        ) : plan ? (
          <Plan plan={plan} />
        ) : (
          <p class="t2 dim">Asking git what this would do…</p>
        )}
      </div>
      {isAtRisk && (
        <Check
          label="Go on all the same. Git keeps commits and files under refs/stream-status, and “Bring back” restores them from there."
          on={isForced}
          set={setForced}
        />
      )}
      <div class="acts">
        <button type="submit" class="btn go" disabled={!plan || isRetiring || (isAtRisk && !isForced)}>
          {isRetiring ? 'Archiving…' : 'Archive'}
        </button>
        <Cancel />
      </div>
    </Panel>
  );
}

/** The plan for these options; asked again when the stream changed. */
function usePlan(stream: Stream, options: Options) {
  const [found, setFound] = useState<{ plan: RetirementPlan | null; failure: Failure | null }>(nothing);
  const [attempt, setAttempt] = useState(0);
  const { id, recentActivity, branch, worktreePath } = stream;
  const { deleteWorktree, cleanupPlanFiles } = options;
  useEffect(() => {
    let isOver = false;
    setFound(nothing);
    actions.archive<Retirement>(id, { dryRun: true, deleteWorktree, cleanupPlanFiles }).then(
      ({ plan }) => isOver || setFound({ plan, failure: null }),
      (failure: unknown) => isOver || (isFailure(failure) && setFound({ plan: null, failure })),
    );
    return () => void (isOver = true);
  }, [id, deleteWorktree, cleanupPlanFiles, recentActivity.lastCommitTime, branch, worktreePath, attempt]);
  return { ...found, readAgain: () => setAttempt(attempt + 1) };
}

const nothing = { plan: null, failure: null };

function Check({ label, on, set }: { label: string; on: boolean; set: (on: boolean) => void }) {
  return (
    <label class="check t2">
      <input type="checkbox" checked={on} onChange={(event) => set(event.currentTarget.checked)} />
      <span>{label}</span>
    </label>
  );
}

const stepWords: Readonly<Record<string, string>> = {
  keep_tip: 'Keep the branch’s tip',
  remove_worktree: 'Delete the worktree',
  delete_branch: 'Delete the branch',
  write_report: 'Write',
  remove_plan_files: 'Delete the plan file',
  archive: 'Archive',
};

const riskWords: Readonly<Record<string, string>> = {
  uncommitted: 'Uncommitted changes',
  untracked: 'Untracked files',
  unlanded: 'Commits that are not on the main branch',
  unpushed: 'Commits that are on no remote',
  locked: 'Locked',
  in_progress: 'In the middle of something',
  submodules: 'Submodules',
  elsewhere: 'On another branch',
  shared: 'Shared',
};

const itemsShown = 6;

function Plan({ plan }: { plan: RetirementPlan }) {
  return (
    <>
      {plan.atRisk.length > 0 && (
        <div class="risks">
          <p class="risk b5 t2">Would be lost</p>
          <ul>
            {plan.atRisk.map(({ kind, detail, items }) => (
              <li key={kind + detail}>
                <b class="b5">{riskWords[kind] ?? kind.replaceAll('_', ' ')}</b> <span class="mid">{detail}</span>
                {items.length > 0 && (
                  <ul class="m">
                    {items.slice(0, itemsShown).map((item) => (
                      <li key={item} class="cut" title={item}>
                        {item}
                      </li>
                    ))}
                    {items.length > itemsShown && <li class="dim">and {items.length - itemsShown} more</li>}
                  </ul>
                )}
              </li>
            ))}
          </ul>
        </div>
      )}
      <p class="dim t2">What it does</p>
      <ol class="steps">
        {plan.steps.map(({ step, subject }) => (
          <li key={step + subject}>
            {stepWords[step] ?? step.replaceAll('_', ' ')} <span class="mid">{subject}</span>
          </li>
        ))}
      </ol>
      {plan.notes.map((note) => (
        <p key={note} class="t2 dim">
          {note[0]!.toUpperCase() + note.slice(1)}.
        </p>
      ))}
    </>
  );
}

// ── Afterwards ──

/** Over an archived stream's page: what was kept, and the way back. */
export function ArchivedBox({ stream }: { stream: Stream }) {
  const result = results.value.get(stream.id);
  const [isBusy, setBusy] = useState(false);
  const { retirement, report, keptRef } = result ?? { retirement: null, report: null, keptRef: null };
  const gone = [
    retirement?.worktreeDeleted && 'worktree',
    retirement?.branchDeleted && 'branch',
    retirement?.planFilesCleanedUp && 'plan files',
  ].filter(Boolean);
  return (
    <section class="ask calm-box" aria-label="Archived">
      <div class="row">
        <span class="dim">
          <Glyph name="archived" small={false} />
        </span>
        <b class="b5">Archived</b>
        <span class="t2 dim">
          <When at={stream.updatedAt} />
        </span>
      </div>
      {result && (
        <p class="t2 mid">
          {gone.length > 0 ? `Deleted: ${gone.join(', ')}.` : 'Branch and worktree stay as they are.'}
          {retirement?.summaryQueued && ' A longer summary is being written.'}
        </p>
      )}
      {(report || keptRef) && (
        <dl class="kv">
          {report && (
            <>
              <dt>report</dt>
              <dd>
                <span class="m cut">{report}</span>
                <CopyButton text={report} />
              </dd>
            </>
          )}
          {keptRef && (
            <>
              <dt>kept as</dt>
              <dd>
                <span class="m cut">{keptRef}</span>
                <CopyButton text={keptRef} />
              </dd>
            </>
          )}
        </dl>
      )}
      {retirement?.errors.map((error) => (
        <p key={error} class="t2 risk">
          {error}
        </p>
      ))}
      {!isPast.value && (
        <div class="acts">
          <button
            type="button"
            class={result ? 'btn' : 'btn go'}
            disabled={isBusy}
            onClick={() => {
              setBusy(true);
              void bringBack(stream).finally(() => setBusy(false));
            }}
          >
            {result ? 'Undo' : 'Bring back'}
          </button>
          <span class="t2 dim">The stream, and its branch and files where they were deleted.</span>
        </div>
      )}
    </section>
  );
}

async function bringBack(stream: Stream): Promise<void> {
  try {
    const back = (await actions.unretire(stream.id)) as Unretired;
    const parts = [
      back.branchRestored && 'branch',
      back.worktreeRestored && 'worktree',
      back.uncommittedRestored && 'uncommitted files',
    ].filter(Boolean);
    const more = parts.length > 0 ? `, with its ${parts.join(' and ')}` : '';
    notice.value = { text: `${stream.streamNumber} is back, ${back.stream.status}${more}.`, tone: 'done' };
    const left = new Map(results.peek());
    left.delete(stream.id);
    results.value = left;
  } catch (error) {
    showFailure(error);
  }
}
