/** A reply written by hand, with what the page can set: not by any model. */
export const PROBLEM = "For which real x is x² − 5x + 6 < 0, and how long is that interval?";

export const THOUGHT = `The inequality is x^2 - 5x + 6 < 0. First find where the left side is zero.

The discriminant is \\(\\Delta = b^2 - 4ac = 25 - 24 = 1\\), so there are two real roots:
\\[ x_{1,2} = \\frac{5 \\pm \\sqrt{1}}{2} \\]
That gives \\(x_1 = 2\\) and \\(x_2 = 3\\).

Check by the product and the sum of the roots: 2 * 3 = 6 and 2 + 3 = 5. Both agree.

The leading coefficient is positive, so the parabola opens upwards. Hence it is below zero between the roots.
Test a point in the middle: for \\(x = \\frac{5}{2}\\) the value is \\(\\frac{25}{4} - \\frac{25}{2} + 6 = -\\frac{1}{4}\\), which is negative.
Test a point outside: for \\(x = 0\\) the value is 6, which is positive. Good.

What about the ends? At 2 and at 3 the value is exactly 0, and 0 < 0 is false, so both ends are left out.
The length of the interval does not depend on its ends being left out:
`.repeat(2);

export const ANSWER = `The left side factors:

\\[ x^2 - 5x + 6 = (x - 2)(x - 3) \\]

A product of two numbers is negative when exactly one of them is, so only the middle column remains:

| | $x < 2$ | $2 < x < 3$ | $x > 3$ |
| --- | :-: | :-: | :-: |
| $x - 2$ | − | + | + |
| $x - 3$ | − | − | + |
| product | + | **−** | + |

The interval is $(2, 3)$, and its length is $3 - 2 = \\sqrt{\\Delta} = 1$.

\\[ \\boxed{2 < x < 3} \\]
`;
