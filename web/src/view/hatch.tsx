// The pattern of what is blocked, once in a view's document: fill="url(#hatch)".
export function Hatch() {
  return (
    <svg class="defs" width="0" height="0" aria-hidden="true">
      <pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width="5" height="5" fill="var(--stuck-wash)" />
        <rect width="1.75" height="5" fill="var(--stuck-mark)" />
      </pattern>
    </svg>
  );
}
