#include "textflag.h"

// func rowsAVX2(query, matrix *float32, dimension int, first uint32, rows *uint32, n int, scores *float32)
//
// SI query, BX matrix, DX dimension, R15 bytes of a row, AX first, R11 rows,
// CX rows left, R8 scores; within a row: DI row, R9 query, R10 numbers left,
// R12 the row to prefetch; Y0..Y3 sums.
TEXT ·rowsAVX2(SB), NOSPLIT, $0-56
	MOVQ query+0(FP), SI
	MOVQ matrix+8(FP), BX
	MOVQ dimension+16(FP), DX
	MOVL first+24(FP), AX
	MOVQ rows+32(FP), R11
	MOVQ n+40(FP), CX
	MOVQ scores+48(FP), R8
	MOVQ DX, R15
	SHLQ $2, R15

row:
	MOVL  (R11), DI
	SUBL  AX, DI
	IMULQ R15, DI
	ADDQ  BX, DI

	// The fourth row from here, or this one again near the end of the list.
	XORQ  R13, R13
	CMPQ  CX, $4
	JLE   near
	MOVQ  $4, R13

near:
	MOVL  (R11)(R13*4), R12
	SUBL  AX, R12
	IMULQ R15, R12
	ADDQ  BX, R12

	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	VXORPS Y2, Y2, Y2
	VXORPS Y3, Y3, Y3
	MOVQ   SI, R9
	MOVQ   DX, R10
	SUBQ   $32, R10
	JL     eights

thirtytwo:
	PREFETCHT0  (R12)
	PREFETCHT0  64(R12)
	VMOVUPS     (DI), Y4
	VMOVUPS     32(DI), Y5
	VMOVUPS     64(DI), Y6
	VMOVUPS     96(DI), Y7
	VFMADD231PS (R9), Y4, Y0
	VFMADD231PS 32(R9), Y5, Y1
	VFMADD231PS 64(R9), Y6, Y2
	VFMADD231PS 96(R9), Y7, Y3
	ADDQ        $128, DI
	ADDQ        $128, R9
	ADDQ        $128, R12
	SUBQ        $32, R10
	JGE         thirtytwo

eights:
	ADDQ $24, R10
	JL   sum

eight:
	VMOVUPS     (DI), Y4
	VFMADD231PS (R9), Y4, Y0
	ADDQ        $32, DI
	ADDQ        $32, R9
	SUBQ        $8, R10
	JGE         eight

sum:
	VADDPS       Y1, Y0, Y0
	VADDPS       Y3, Y2, Y2
	VADDPS       Y2, Y0, Y0
	VEXTRACTF128 $1, Y0, X1
	VADDPS       X1, X0, X0
	VMOVHLPS     X0, X0, X1
	VADDPS       X1, X0, X0
	VMOVSHDUP    X0, X1
	VADDSS       X1, X0, X0
	ADDQ         $8, R10
	JZ           store

one:
	VMOVSS      (DI), X4
	VFMADD231SS (R9), X4, X0
	ADDQ        $4, DI
	ADDQ        $4, R9
	DECQ        R10
	JNZ         one

store:
	VMOVSS X0, (R8)
	ADDQ   $4, R8
	ADDQ   $4, R11
	DECQ   CX
	JNZ    row
	VZEROUPPER
	RET
