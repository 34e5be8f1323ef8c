// SPDX-License-Identifier: Apache-2.0
// Result<T>: a value or an Error. Member names follow std::expected (C++23), so that it can take
// this one's place.
#pragma once

#include <pki/base/error.hpp>

#include <new>
#include <optional>
#include <type_traits>
#include <utility>

/// A promise of our own code; holds in release builds too.
#define HG_ASSERT(expression)            \
    ((expression) ? static_cast<void>(0) \
                  : ::heliograph::assertion_failed(#expression, __FILE__, __LINE__))

namespace heliograph {

/// Stops the process: a promise of our own code is broken. Never used for input.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);

/// A value of T or the Error that prevented it.
///
/// A union of our own: with std::variant for its state, a third of all functions that a debug or
/// sanitizer build compiles were the variant's (measured).
/// @thread As safe as T. @cost One discriminated union; no allocation of its own.
template <typename T>
class [[nodiscard]] Result {
    static_assert(!std::is_reference_v<T> && !std::is_same_v<std::remove_cv_t<T>, Error>);

  public:
    using value_type = T;

    Result(T value) : m_value(std::move(value)), m_has_value(true) {}
    Result(Error error) : m_error(std::move(error)), m_has_value(false) {}

    Result(Result&& other) noexcept(std::is_nothrow_move_constructible_v<T>)
        : m_has_value(other.m_has_value) {
        construct(std::move(other));
    }
    Result(const Result& other) requires std::is_copy_constructible_v<T>
        : m_has_value(other.m_has_value) {
        construct(other);
    }

    /// Takes over the other's state; a move of T that threw half-way would leave none.
    Result& operator=(Result&& other) noexcept {
        static_assert(std::is_nothrow_move_constructible_v<T>);
        if (this != &other) {
            this->~Result();
            ::new (static_cast<void*>(this)) Result(std::move(other));
        }
        return *this;
    }

    Result& operator=(const Result& other) = delete;

    ~Result() {
        if (m_has_value) {
            m_value.~T();
        } else {
            m_error.~Error();
        }
    }

    [[nodiscard]] bool has_value() const { return m_has_value; }
    explicit operator bool() const { return m_has_value; }

    [[nodiscard]] T& value() & { return checked(); }
    [[nodiscard]] const T& value() const& { return const_cast<Result&>(*this).checked(); }
    [[nodiscard]] T&& value() && { return std::move(checked()); }

    T& operator*() & { return checked(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(checked()); }
    T* operator->() { return &checked(); }
    const T* operator->() const { return &value(); }

    [[nodiscard]] const Error& error() const& {
        HG_ASSERT(!m_has_value);
        return m_error;
    }
    [[nodiscard]] Error&& error() && {
        HG_ASSERT(!m_has_value);
        return std::move(m_error);
    }

    template <typename U>
    [[nodiscard]] T value_or(U&& fallback) && {
        return m_has_value ? std::move(m_value) : static_cast<T>(std::forward<U>(fallback));
    }

  private:
    template <typename Other>
    void construct(Other&& other) {
        if (m_has_value) {
            ::new (static_cast<void*>(&m_value)) T(std::forward<Other>(other).m_value);
        } else {
            ::new (static_cast<void*>(&m_error)) Error(std::forward<Other>(other).m_error);
        }
    }

    T& checked() {
        HG_ASSERT(m_has_value);
        return m_value;
    }

    union {
        T m_value;
        Error m_error;
    };
    bool m_has_value;
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
        HG_ASSERT(m_error.has_value());
        return *m_error;
    }
    [[nodiscard]] Error&& error() && {
        HG_ASSERT(m_error.has_value());
        return std::move(*m_error);
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
