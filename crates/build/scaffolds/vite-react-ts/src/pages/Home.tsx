export default function Home() {
  return (
    <main className="flex min-h-screen items-center justify-center bg-gray-100">
      <p className="text-gray-700">This page is not written yet.</p>
    </main>
  );
}
