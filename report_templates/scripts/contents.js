// Marks in the contents the section that is being read.
(() => {
  const links = new Map();
  document.querySelectorAll("#contents a").forEach((link) => links.set(link.hash.slice(1), link));
  const observer = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      links.forEach((link) => link.removeAttribute("aria-current"));
      links.get(entry.target.id).setAttribute("aria-current", "true");
    }
  }, { rootMargin: "-10% 0px -80% 0px" });
  document.querySelectorAll("main > section").forEach((section) => {
    if (links.has(section.id)) observer.observe(section);
  });
})();
