// Sets the chosen theme before the first paint. Not a module, because modules wait for the document.
{
  const chosen = localStorage.getItem('tally-theme')
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen
}
