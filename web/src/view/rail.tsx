// The left rail: which project, the filter by status, and how the page stands to the server.
import { state } from '../live.ts';
import { Age, LinkMark, ThemeButton } from './bits.tsx';
import { Filters } from './filters.tsx';

export function Rail() {
  const { project, lastChange } = state.value;
  const name = project?.projectName ?? '';
  return (
    <aside class="rail">
      <div class="proj" title={project?.projectRoot}>
        <span class="mark" aria-hidden="true">
          {[...name][0] ?? ''}
        </span>
        <span class="lb cut">{name}</span>
      </div>
      <Filters kind="nav" />
      <div class="pulse">
        <div class="txt">
          <LinkMark />
          <small>
            {lastChange ? (
              <>
                last change <Age since={lastChange} ago />
              </>
            ) : (
              'no change yet'
            )}
          </small>
        </div>
        <ThemeButton />
      </div>
    </aside>
  );
}
