import { Captioned } from "./captioned.jsx";

export default function Page() {
  return (
    <main>
      <h1>Holiday</h1>
      <Captioned src="/photo.jpg" />
    </main>
  );
}
