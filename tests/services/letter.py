"""A text by somebody, and what is known of them."""

from __future__ import annotations

LETTER = """Dear Edda, the boat is in the water again. I scraped her for two days and painted her for one, and
she leaks where she always did, under the thwart, so I have put the bucket back where it belongs.
Biscuit came along for the first row and was sick on your blanket. I have washed it. The harbour
master wants forty crowns more than last year; I told him what I think of that and paid. Nobody
has seen the Larsens. Their house has new curtains, which is all that anybody knows, and everybody
talks of it. Bring the good rope when you come, and the coffee that you hide behind the flour. We
row out on Saturday if the wind allows it, and if it does not, we sit in the shed and say that we
could have. The stove works now. I took out a nest. Your brother sends nothing, as usual, but he
asked how long you will stay, and for him that is a speech. Yours, Torvald. P.S. The cat is fat
because three houses feed her and none of them admits it.
"""

FACTS = ("My name is Torvald and my dog is called Biscuit.", "I live by the harbour and own a boat that leaks.")
