// Says that newer mail has come in; the list itself stays still until the reader asks for it.
const news = document.querySelector(".news");

async function look() {
  const answer = await fetch(`/api/messages?after=${news.dataset.newest}`);
  if (!answer.ok) return;
  const { messages } = await answer.json();
  if (messages.length === 0) return;
  const link = document.createElement("a");
  link.href = "/";
  link.textContent = messages.length === 1 ? "1 new mail: show it" : `${messages.length} new mails: show them`;
  if (news.textContent !== link.textContent) news.replaceChildren(link);
}

setInterval(() => { if (!document.hidden) look().catch(() => undefined); }, 3000);
