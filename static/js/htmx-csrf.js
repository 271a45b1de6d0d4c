/* Every htmx request carries the page's CSRF token; the content security policy leaves no room for hx-headers. */

const token = document.querySelector('meta[name="csrf-token"]')?.content;

document.addEventListener("htmx:configRequest", (event) => {
  if (token) event.detail.headers["X-CSRFToken"] = token;
});
