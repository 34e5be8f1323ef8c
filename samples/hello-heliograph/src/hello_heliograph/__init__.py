# SPDX-License-Identifier: Apache-2.0
"""A package to publish and fetch with heliograph."""


def greeting():
    return "seen from far, verified at hand"
