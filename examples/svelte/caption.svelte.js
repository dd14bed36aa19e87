import { loadCaptioner } from "glimpse-captioner";

/** `{ text, error }` of the photo that a function gives, both `null` while it waits. The model is loaded at the first photo. */
export function captionOf(photo) {
  let result = $state.raw({ text: null, error: null });
  let loading = null;

  /** Loaded at the first photo; after a failure, at the next. */
  function captioner() {
    loading ??= loadCaptioner().catch((error) => {
      loading = null;
      throw error;
    });
    return loading;
  }

  async function caption(photo, signal) {
    try {
      const { text } = await (await captioner()).caption(photo, { signal });
      result = { text, error: null };
    } catch (error) {
      if (!signal.aborted) {
        result = { text: null, error };
      }
    }
  }

  $effect(() => {
    const given = photo();
    result = { text: null, error: null };
    if (!given) {
      return undefined;
    }
    const abort = new AbortController();
    caption(given, abort.signal);
    return () => abort.abort();
  });

  $effect(() => () => loading?.then((captioner) => captioner.dispose(), () => {}));

  return {
    get text() {
      return result.text;
    },
    get error() {
      return result.error;
    },
  };
}
