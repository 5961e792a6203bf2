# SPDX-License-Identifier: GPL-2.0-or-later
"""Draws lines on two logarithmic axes, as SVG."""
import math
from html import escape

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 44, 54
COLOURS = ["#1f6feb", "#d1480a", "#2a8a4a", "#8a3fc4"]


def decades(values):
    low = math.floor(math.log10(min(values)))
    return low, max(low + 1, math.ceil(math.log10(max(values))))


def label(power):
    value = 10.0**power
    for size, suffix in ((1e6, " M"), (1e3, " k")):
        if value >= size:
            return f"{value / size:g}{suffix}"
    return f"{value:g}"


def chart(title, x_title, y_title, series):
    """series: name -> [(x, y)]; points that are not above 0 are left out."""
    lines = {name: [(x, y) for x, y in points if x > 0 and y > 0] for name, points in series.items()}
    x_low, x_high = decades([x for points in lines.values() for x, _ in points])
    y_low, y_high = decades([y for points in lines.values() for _, y in points])

    def at_x(value):
        return LEFT + (math.log10(value) - x_low) / (x_high - x_low) * (WIDTH - LEFT - RIGHT)

    def at_y(value):
        return HEIGHT - BOTTOM - (math.log10(value) - y_low) / (y_high - y_low) * (HEIGHT - TOP - BOTTOM)

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="20" font-size="15">{escape(title)}</text>',
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 12}" text-anchor="middle">{escape(x_title)}</text>',
        f'<text x="{LEFT}" y="{TOP - 8}" text-anchor="end">{escape(y_title)}</text>',
    ]
    for power in range(x_low, x_high + 1):
        x = at_x(10.0**power)
        out.append(f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#ddd"/>')
        out.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{label(power)}</text>')
    for power in range(y_low, y_high + 1):
        y = at_y(10.0**power)
        out.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        out.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{label(power)}</text>')
    for row, (name, points) in enumerate(lines.items()):
        colour = COLOURS[row % len(COLOURS)]
        path = " ".join(f"{at_x(x):.1f},{at_y(y):.1f}" for x, y in points)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{at_x(x):.1f}" cy="{at_y(y):.1f}" r="3" fill="{colour}"/>' for x, y in points]
        out.append(f'<text x="{LEFT + 12}" y="{TOP + 18 + 16 * row}" fill="{colour}">{escape(name)}</text>')
    return "\n".join([*out, "</svg>", ""])
