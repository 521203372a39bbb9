/** Of an object only the named fields; all of them when none are named. */
export function select<View extends object>(
  view: View,
  fields: readonly string[] | null | undefined,
): Partial<View> {
  if (fields === null || fields === undefined) return view;
  const kept: Partial<View> = {};
  for (const key in view) if (fields.includes(key)) kept[key] = view[key];
  return kept;
}
