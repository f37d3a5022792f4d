"""Vector registers in compiled code: eight doubles that are loaded, multiplied, added and stored together.

LLVM maps them to the registers of the processor (one AVX-512, two AVX2 or four NEON registers). For short
rows, explicit loops over registers are several times faster than loops over numbers that LLVM vectorises.
Positions are not checked against the bounds of the array.
"""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model

LANES = 8

_DOUBLE = ir.DoubleType()
_VECTOR = ir.VectorType(_DOUBLE, LANES)
_LANES = ir.VectorType(ir.IntType(32), LANES)


class Register(types.Type):
    """The type of a register in compiled code."""

    def __init__(self):
        super().__init__(name="Register")


@register_model(Register)
class _RegisterModel(models.PrimitiveModel):
    def __init__(self, manager, numba_type):
        super().__init__(manager, numba_type, _VECTOR)


_REGISTER = Register()


@intrinsic
def load(typing_context, array, position):
    """Return eight numbers of a contiguous float64 array, starting at a position."""

    def generate(context, builder, signature, arguments):
        register = builder.load(_pointer(context, builder, signature, arguments))
        register.align = 8
        return register

    return _REGISTER(array, types.intp), generate


@intrinsic
def store(typing_context, array, position, register):
    """Write a register to an array, starting at a position."""

    def generate(context, builder, signature, arguments):
        instruction = builder.store(arguments[2], _pointer(context, builder, signature, arguments))
        instruction.align = 8
        return context.get_dummy_value()

    return types.void(array, types.intp, _REGISTER), generate


@intrinsic
def spread(typing_context, array, position):
    """Return a register with one number of an array in all eight lanes."""

    def generate(context, builder, signature, arguments):
        number = builder.load(_pointer(context, builder, signature, arguments, _DOUBLE))
        first = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), number, _index(0))
        same = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        return builder.shuffle_vector(first, ir.Constant(_VECTOR, ir.Undefined), same)

    return _REGISTER(array, types.intp), generate


@intrinsic
def move(typing_context, array, origin, target):
    """Copy one number of an array to another position."""

    def generate(context, builder, signature, arguments):
        values, origin, target = arguments
        number = builder.load(_pointer(context, builder, signature, (values, origin), _DOUBLE))
        builder.store(number, _pointer(context, builder, signature, (values, target), _DOUBLE))
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp), generate


@intrinsic
def transpose(typing_context, array, origin, target, width):
    """Copy a square of LANES numbers to another position, transposed; rows are `width` apart."""

    def generate(context, builder, signature, arguments):
        values, *positions, width = arguments
        origins, targets = ([position] for position in positions)
        for places in (origins, targets):
            places += [builder.add(places[0], builder.mul(width, width.type(row))) for row in range(1, LANES)]
        rows = [builder.load(_pointer(context, builder, signature, (values, place))) for place in origins]
        for row in rows:
            row.align = 8
        # Exchange halves of rows, then quarters within the halves, then numbers within the quarters.
        for half in (4, 2, 1):
            for first in range(LANES):
                if not first & half:
                    pair = rows[first], rows[first | half]
                    for row, lane in ((first, 0), (first | half, half)):
                        lanes = [
                            (place & ~half | lane) + (LANES if place & half else 0) for place in range(LANES)
                        ]
                        rows[row] = builder.shuffle_vector(*pair, ir.Constant(_LANES, lanes))
        for place, row in zip(targets, rows, strict=True):
            instruction = builder.store(row, _pointer(context, builder, signature, (values, place)))
            instruction.align = 8
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp, types.intp), generate


@intrinsic
def zero(typing_context):
    """Return a register of zeros."""

    def generate(context, builder, signature, arguments):
        return ir.Constant(_VECTOR, [0.0] * LANES)

    return _REGISTER(), generate


@intrinsic
def times(typing_context, left, right):
    """Return the elementwise product of two registers."""

    def generate(context, builder, signature, arguments):
        return builder.fmul(*arguments)

    return _REGISTER(_REGISTER, _REGISTER), generate


@intrinsic
def plus(typing_context, left, right):
    """Return the elementwise sum of two registers."""

    def generate(context, builder, signature, arguments):
        return builder.fadd(*arguments)

    return _REGISTER(_REGISTER, _REGISTER), generate


@intrinsic
def times_plus(typing_context, left, right, added):
    """Return left * right + added, rounded once."""

    def generate(context, builder, signature, arguments):
        kind = ir.FunctionType(_VECTOR, [_VECTOR] * 3)
        function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fma.v{LANES}f64")
        return builder.call(function, arguments)

    return _REGISTER(_REGISTER, _REGISTER, _REGISTER), generate


@intrinsic
def total(typing_context, register):
    """Return the sum of the eight numbers."""

    def generate(context, builder, signature, arguments):
        (value,) = arguments
        for half in (4, 2, 1):
            lanes = [*range(half, 2 * half)] + [0] * (LANES - half)
            mask = ir.Constant(ir.VectorType(ir.IntType(32), LANES), lanes)
            value = builder.fadd(
                value, builder.shuffle_vector(value, ir.Constant(_VECTOR, ir.Undefined), mask)
            )
        return builder.extract_element(value, _index(0))

    return types.float64(_REGISTER), generate


def _index(number: int) -> ir.Constant:
    return ir.Constant(ir.IntType(32), number)


def _pointer(context, builder, signature, arguments, kind=_VECTOR):
    """Return the address of a position in an array, as a pointer to a register or to a number."""
    array = context.make_array(signature.args[0])(context, builder, arguments[0])
    return builder.bitcast(cgutils.gep_inbounds(builder, array.data, arguments[1]), ir.PointerType(kind))
