// SPDX-License-Identifier: Apache-2.0
// The owner of the precompiled header that test programs begin with; it does nothing itself.
int main() {
    return 0;
}
