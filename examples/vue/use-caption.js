import { loadCaptioner } from "glimpse-captioner";
import { onScopeDispose, shallowReadonly, shallowRef, toValue, watch } from "vue";

/** `{ text, error }` of a photo, or a ref of one, both `null` while it waits. The model is loaded at the first photo. */
export function useCaption(photo) {
  const result = shallowRef({ text: null, error: null });
  let loading = null;

  watch(
    () => toValue(photo),
    async (photo, _before, onCleanup) => {
      result.value = { text: null, error: null };
      if (!photo) {
        return;
      }
      const abort = new AbortController();
      const { signal } = abort;
      onCleanup(() => abort.abort());
      try {
        loading ??= loadCaptioner();
        const captioner = await loading.catch((error) => {
          // Another photo is another attempt.
          loading = null;
          throw error;
        });
        const { text } = await captioner.caption(photo, { signal });
        result.value = { text, error: null };
      } catch (error) {
        if (!signal.aborted) {
          result.value = { text: null, error };
        }
      }
    },
    { immediate: true },
  );

  onScopeDispose(() => loading?.then((captioner) => captioner.dispose(), () => {}));
  return shallowReadonly(result);
}
