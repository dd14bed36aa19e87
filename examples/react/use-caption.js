import { loadCaptioner } from "glimpse-captioner";
import { useEffect, useState } from "react";

/** `{ text, error }` of a photo, both `null` while it waits. The model is loaded when there is a first photo. */
export function useCaption(photo) {
  const [captioner, setCaptioner] = useState(null);
  const [result, setResult] = useState({ text: null, error: null });
  const isWanted = photo !== null;

  useEffect(() => {
    if (!isWanted) {
      return undefined;
    }
    const abort = new AbortController();
    const loading = loadCaptioner({ signal: abort.signal });
    loading.then(setCaptioner, (error) => abort.signal.aborted || setResult({ text: null, error }));
    return () => {
      abort.abort();
      loading.then((loaded) => loaded.dispose(), () => {});
      setCaptioner(null);
    };
  }, [isWanted]);

  useEffect(() => {
    if (!captioner || !photo) {
      return undefined;
    }
    const abort = new AbortController();
    const { signal } = abort;
    setResult({ text: null, error: null });
    captioner.caption(photo, { signal }).then(
      ({ text }) => setResult({ text, error: null }),
      (error) => signal.aborted || setResult({ text: null, error }),
    );
    return () => abort.abort();
  }, [captioner, photo]);

  return result;
}
