import { loadCaptioner } from "glimpse-captioner";
import { onScopeDispose, shallowReadonly, shallowRef, toValue, watch } from "vue";

/** `{ text, error }` of a photo, or a ref of one, both `null` while it waits. The model is loaded at the first photo. */
export function useCaption(photo) {
  const result = shallowRef({ text: null, error: null });
  let loading = null;

  /** Loaded at the first photo; after a failure, at the next. */
  function captioner() {
    loading ??= loadCaptioner().catch((error) => {
      loading = null;
      throw error;
    });
    return loading;
  }

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
        const { text } = await (await captioner()).caption(photo, { signal });
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
