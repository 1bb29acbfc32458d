// Sets the theme that was chosen before anything is painted. Not a module: modules wait for the document.
{
  const chosen = localStorage.getItem('tally-theme')
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen
}
