// SPDX-License-Identifier: Apache-2.0
// Result<T>: a value or an Error. Member names follow std::expected (C++23), so that it can take
// this one's place.
#pragma once

#include <pki/base/error.hpp>

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace heliograph {

/// Stops the process: a promise of our own code is broken. Never used for input.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);

/// A value of T or the Error that prevented it.
/// @thread As safe as T. @cost One discriminated union; no allocation of its own.
template <typename T>
class [[nodiscard]] Result {
    static_assert(!std::is_reference_v<T> && !std::is_same_v<std::remove_cv_t<T>, Error>);

  public:
    using value_type = T;

    Result(T value) : m_state(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : m_state(std::in_place_index<1>, std::move(error)) {}

    [[nodiscard]] bool has_value() const { return m_state.index() == 0; }
    explicit operator bool() const { return has_value(); }

    [[nodiscard]] T& value() & { return checked(); }
    [[nodiscard]] const T& value() const& { return const_cast<Result&>(*this).checked(); }
    [[nodiscard]] T&& value() && { return std::move(checked()); }

    T& operator*() & { return checked(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(checked()); }
    T* operator->() { return &checked(); }
    const T* operator->() const { return &value(); }

    [[nodiscard]] const Error& error() const& {
        if (has_value()) {
            assertion_failed("Result::error() of a value", __FILE__, __LINE__);
        }
        return *std::get_if<1>(&m_state);
    }
    [[nodiscard]] Error&& error() && {
        return std::move(const_cast<Error&>(std::as_const(*this).error()));
    }

    template <typename U>
    [[nodiscard]] T value_or(U&& fallback) && {
        return has_value() ? std::move(checked()) : static_cast<T>(std::forward<U>(fallback));
    }

  private:
    T& checked() {
        if (!has_value()) {
            assertion_failed("Result::value() of an error", __FILE__, __LINE__);
        }
        return *std::get_if<0>(&m_state);
    }

    std::variant<T, Error> m_state;
};

/// Done, or the Error that prevented it.
template <>
class [[nodiscard]] Result<void> {
  public:
    using value_type = void;

    Result() = default;
    Result(Error error) : m_error(std::move(error)) {}

    [[nodiscard]] bool has_value() const { return !m_error.has_value(); }
    explicit operator bool() const { return has_value(); }

    [[nodiscard]] const Error& error() const& {
        if (!m_error) {
            assertion_failed("Result::error() of a success", __FILE__, __LINE__);
        }
        return *m_error;
    }
    [[nodiscard]] Error&& error() && {
        return std::move(const_cast<Error&>(std::as_const(*this).error()));
    }

  private:
    std::optional<Error> m_error;
};

using Outcome = Result<void>;

}  // namespace heliograph

#define HG_CONCAT_INNER(a, b) a##b
#define HG_CONCAT(a, b) HG_CONCAT_INNER(a, b)

/// HG_TRY(auto name, expression): binds the value, or returns the Error to the caller. For sources
/// only.
#define HG_TRY(declaration, ...) \
    HG_TRY_IMPLEMENTATION(HG_CONCAT(hg_result_, __LINE__), declaration, __VA_ARGS__)
#define HG_TRY_IMPLEMENTATION(result, declaration, ...) \
    auto result = (__VA_ARGS__);                        \
    if (!result.has_value()) {                          \
        return std::move(result).error();               \
    }                                                   \
    declaration = std::move(result).value()

/// HG_CHECK(expression): for Result<void>; returns the Error to the caller. For sources only.
#define HG_CHECK(...)                                                   \
    do {                                                                \
        if (auto hg_outcome = (__VA_ARGS__); !hg_outcome.has_value()) { \
            return std::move(hg_outcome).error();                       \
        }                                                               \
    } while (false)

/// A promise of our own code; holds in release builds too.
#define HG_ASSERT(expression)            \
    ((expression) ? static_cast<void>(0) \
                  : ::heliograph::assertion_failed(#expression, __FILE__, __LINE__))
