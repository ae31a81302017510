// A part that is loaded when it is first shown, so that the first view is small.
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** `load` gives the component; while it comes, nothing is shown. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let Loaded: ComponentType<P> | null = null;
  return function Lazy(props: P) {
    const [, redraw] = useState(0);
    const [failed, setFailed] = useState(false);
    useEffect(() => {
      if (Loaded) return;
      let isGone = false;
      load().then(
        (component) => {
          Loaded = component;
          if (!isGone) redraw((count) => count + 1);
        },
        () => !isGone && setFailed(true),
      );
      return () => void (isGone = true);
    }, []);
    if (Loaded) return <Loaded {...props} />;
    if (!failed) return null;
    return (
      <div class="none">
        <p>This part could not be loaded; the server may have been replaced by another version.</p>
        <button type="button" class="btn" onClick={() => location.reload()}>
          Load the page again
        </button>
      </div>
    );
  };
}
