// Gradio gives each choice of a radio a name of its own, so that none of them are a group: every choice is a tab stop
// and the arrow keys do nothing. With one name for all of them, browsers do what people expect.
let groups = 0;

const join = () => {
  for (const group of document.querySelectorAll('fieldset:not([data-group])')) {
    const choices = group.querySelectorAll('input[type=radio]');
    if (!choices.length) continue;
    group.dataset.group = `lab-group-${++groups}`;
  }
  for (const choice of document.querySelectorAll('fieldset[data-group] input[type=radio]')) {
    const { group } = choice.closest('fieldset').dataset;
    if (choice.name !== group) choice.name = group;
  }
};

new MutationObserver(join).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ['name'] });
join();
